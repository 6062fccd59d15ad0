import type { Price } from '../catalogue/models.ts';
import type { TokenUsage } from '../chat/usage.ts';
import { type NanoUsd, roundUpToCharge } from './money.ts';

/**
 * More tokens than any prompt or completion has. With it every sum below stays under 2^53 (9.007e15) for prices up to
 * 1000 USD per million tokens, which are 1e6 nano-dollars per token: 2e9 tokens × 1e6 = 2e15.
 */
const mostTokens = 1e9;

/**
 * What the tokens of one request cost, rounded up once, at the end, to the smallest amount that is charged.
 * Parts that a price does not name cost what their whole costs. Audio and cache writes are told apart from the prompt
 * before cache reads, so that overlapping counts never cost less than they did upstream.
 */
export function costOf(usage: TokenUsage, price: Price): NanoUsd {
  const rate = rateFor(price, usage.prompt);
  const prompt = Math.min(usage.prompt, mostTokens);
  const audioIn = Math.min(usage.audioIn, prompt);
  const cacheWrite = Math.min(usage.cacheWrite, prompt - audioIn);
  const cached = Math.min(usage.cached, prompt - audioIn - cacheWrite);
  const completion = Math.min(usage.completion, mostTokens);
  const audioOut = Math.min(usage.audioOut, completion);
  return roundUpToCharge(
    totalOf([
      [prompt - audioIn - cacheWrite - cached, rate.input],
      [cached, rate.cachedInput ?? rate.input],
      [cacheWrite, rate.cacheWrite ?? rate.input],
      [audioIn, rate.audioInput ?? rate.input],
      [completion - audioOut, rate.output],
      [audioOut, rate.audioOutput ?? rate.output],
    ]),
  );
}

/** The prices that hold for a whole request with a prompt of so many tokens. */
export function rateFor(price: Price, promptTokens: number): Omit<Price, 'tiers'> {
  return price.tiers?.findLast((tier) => promptTokens > tier.above) ?? price;
}

/**
 * Whole nano-dollars, rounded up. Each price per million tokens is split into nano-dollars per token and a rest, because
 * the product of tokens and price does not fit into a double (1e6 tokens at 60 USD per million: 6e16).
 */
function totalOf(parts: [tokens: number, nanoPerMillion: number][]): number {
  let whole = 0;
  let millionths = 0;
  for (const [tokens, nanoPerMillion] of parts) {
    const rest = nanoPerMillion % 1e6;
    whole += tokens * ((nanoPerMillion - rest) / 1e6);
    millionths += tokens * rest;
  }
  const rest = millionths % 1e6;
  return whole + (millionths - rest) / 1e6 + (rest > 0 ? 1 : 0);
}
