import type { ModelOffer, Price } from '../catalogue/models.ts';
import type { RequestBounds } from '../chat/bounds.ts';
import { noUsage, type TokenUsage } from '../chat/usage.ts';
import { costOf } from './cost.ts';
import type { NanoUsd } from './money.ts';

/**
 * Upper bounds of what a provider counts, for holds. Text: tokenizers work on bytes and make no token of less than one, so one
 * token a byte is safe for every script; English has a quarter of it. It costs little to be safe here: what is held for the
 * answer is mostly more.
 */
const ceilings = {
  bytesPerToken: 1,
  /** What providers add of their own: system prompts for tools (Anthropic has up to 804 tokens), marks around turns. */
  addedTokens: 1000,
  /** OpenAI's largest budget is 10,000 patches times 1.2 (developers.openai.com/api/docs/guides/images-vision); Claude's and Gemini's are below. */
  tokensPerImage: 12_500,
  /** Except for gpt-4o-mini: 2833 and 8 tiles of 5667 (ibid.). Models of its price and below get that. */
  tokensPerCheapImage: 50_000,
  cheapInput: 200_000_000,
  /** Base64 of MP3 at 8 kbit/s, its lowest rate (ISO/IEC 13818-3), at Gemini's 32 tokens a second. */
  audioCharsPerToken: 40,
  /** Documents and video are compressed, so their size says little: a page or a second of them may be a hundred bytes. */
  mediaCharsPerToken: 1,
  leastMediaTokens: 50_000,
  /** A medium that the provider fetches may fill the context window, which has a million tokens where such media are taken. */
  remoteTokens: 1_048_576,
  /** No model that is served takes more (Llama 4 Scout: 3.5 million on Bedrock). Providers refuse what is longer, at no charge. */
  prompt: 4_000_000,
  /** The longest answers that any model of the catalogue gives; for models whose limit is not known. */
  completion: 384_000,
  /** What OpenAI allows for `n`; others allow less. */
  choices: 128,
};

/** What a request has used in all likelihood, for answers without counts: the likely number is charged, not the highest. */
const likely = {
  bytesPerToken: 4,
  tokensPerImage: 1600,
  audioCharsPerToken: 80,
  mediaCharsPerToken: 16,
  remoteTokens: 5000,
};

/**
 * What a written request may cost at most, to be set aside before platform credentials serve it. No limit in the request means the
 * model's own one (`maxOutputTokens`, from the catalogue). Every price is the dearest that the request can come to: of all tiers
 * within reach, cache writes and audio included. docs/costs-and-credits.md says what may still exceed it.
 */
export function holdOf(bounds: RequestBounds, price: Price, maxOutputTokens: number | null): NanoUsd {
  const { text, audio } = promptCeiling(bounds, price);
  const rates = [price, ...(price.tiers ?? []).filter((tier) => text + audio > tier.above)];
  const highest = (...prices: (number | undefined)[]) => Math.max(...prices.map((each) => each ?? 0));
  const inputs = rates.flatMap((rate) => [rate.input, rate.cachedInput, rate.cacheWrite]);
  const input = highest(...inputs);
  return costOf(
    { ...noUsage, prompt: text + audio, audioIn: audio, completion: completionCeiling(bounds, maxOutputTokens) },
    {
      input,
      audioInput: highest(input, ...rates.map((rate) => rate.audioInput)),
      output: highest(...rates.flatMap((rate) => [rate.output, bounds.audioOut ? rate.audioOutput : 0])),
    },
  );
}

/**
 * What all platform credentials may cost together that a request may come to: one answers, at the dearest price of them, and those
 * before it may have been sent the request and not waited for.
 */
export function holdForAll(bounds: RequestBounds, offers: Pick<ModelOffer, 'price' | 'maxOutputTokens'>[]): NanoUsd {
  const amounts = offers.flatMap(({ price, maxOutputTokens }) =>
    price === null ? [] : [{ whole: holdOf(bounds, price, maxOutputTokens), input: leastCharge(bounds, price) }],
  );
  const inputs = amounts.reduce((sum, { input }) => sum + input, 0);
  return Math.max(0, ...amounts.map(({ whole, input }) => whole + inputs - input));
}

/** What an answer without counts is charged for; `completion`: the tokens that were delivered, as far as anyone can tell. */
export function likelyUsage(bounds: RequestBounds, completion: number): TokenUsage {
  const audio = Math.ceil(bounds.audioChars / likely.audioCharsPerToken);
  const prompt =
    Math.ceil(bounds.textBytes / likely.bytesPerToken) +
    bounds.images * likely.tokensPerImage +
    audio +
    Math.ceil(bounds.mediaChars / likely.mediaCharsPerToken) +
    bounds.remoteMedia * likely.remoteTokens;
  return {
    ...noUsage,
    prompt: Math.min(prompt, ceilings.prompt),
    audioIn: Math.min(audio, ceilings.prompt),
    completion,
  };
}

/**
 * The least that a request is charged once it was sent with platform credentials, whatever became of it: a caller who leaves or a
 * time that runs out does not stop the provider, who has read the input by then and bills it.
 */
export function leastCharge(bounds: RequestBounds, price: Price): NanoUsd {
  return costOf(likelyUsage(bounds, 0), price);
}

/** The most tokens that a prompt may have: those at the price of text, and those that may have the price of audio (video has a sound track). */
export function promptCeiling(bounds: RequestBounds, price: Price): { text: number; audio: number } {
  const perImage = price.input <= ceilings.cheapInput ? ceilings.tokensPerCheapImage : ceilings.tokensPerImage;
  const media = Math.ceil(bounds.mediaChars / ceilings.mediaCharsPerToken);
  const audio =
    Math.ceil(bounds.audioChars / ceilings.audioCharsPerToken) +
    (media > 0 ? Math.max(media, ceilings.leastMediaTokens) : 0) +
    bounds.remoteMedia * ceilings.remoteTokens;
  const text = Math.ceil(bounds.textBytes / ceilings.bytesPerToken) + ceilings.addedTokens + bounds.images * perImage;
  const heard = Math.min(audio, ceilings.prompt);
  return { text: Math.min(text, ceilings.prompt - heard), audio: heard };
}

/** The most tokens that all answers to the request may have, thinking included. */
export function completionCeiling(
  { maxOutputTokens: asked, choices, prompts = 1 }: RequestBounds,
  possible: number | null,
): number {
  // No limit below zero limits anything, and less than nothing must never be held: it would be credit.
  const limit = asked === null || !(asked >= 0) ? null : asked;
  const each = limit === null ? (possible ?? ceilings.completion) : Math.min(limit, possible ?? limit);
  return Math.ceil(each) * Math.min(Math.max(Math.ceil(choices), 1), ceilings.choices) * Math.max(prompts, 1);
}
