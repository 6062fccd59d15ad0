import type { Price } from '../catalogue/models.ts';
import { noUsage, type TokenUsage } from '../chat/usage.ts';
import { isObject, type JsonObject } from '../json.ts';
import { costOf, rateFor } from './cost.ts';
import type { NanoUsd } from './money.ts';

/** Tokenizers make one token of three to four bytes of English; two leave room for code, numbers and other scripts. */
const bytesPerToken = 2;
/** What is charged when nobody has counted is the likely number, not the highest. */
const likelyBytesPerToken = 4;
/** A large picture at full detail. gpt-4o-mini counts up to ten times as many, at a price that makes it cents. */
const tokensPerImage = 5000;
/** Base64 of speech at 16 kbit/s, at 32 tokens a second (Gemini's count, the higher one). */
const bytesPerAudioToken = 80;
const defaultCompletion = 16_384;
/** What OpenAI allows for `n`. */
const mostChoices = 128;

/** The number of prompt tokens that a request may have at most, from its JSON body and the body's size in bytes. */
export function estimatePrompt(
  body: JsonObject,
  bodyBytes: number,
  perToken = bytesPerToken,
): { text: number; audio: number } {
  let mediaBytes = 0;
  let images = 0;
  let audio = 0;
  for (const part of partsOf(body.messages)) {
    if (isObject(part.image_url) && typeof part.image_url.url === 'string') {
      images += 1;
      mediaBytes += part.image_url.url.length;
    } else if (isObject(part.input_audio) && typeof part.input_audio.data === 'string') {
      mediaBytes += part.input_audio.data.length;
      audio += Math.ceil(part.input_audio.data.length / bytesPerAudioToken);
    }
  }
  const textBytes = Math.max(0, bodyBytes - mediaBytes);
  return { text: Math.ceil(textBytes / perToken) + images * tokensPerImage, audio };
}

/** What a request is taken to have used when its provider reports nothing: a stream that was cut, an answer without usage. */
export function estimateUsage(body: JsonObject, bodyBytes: number, completion: number): TokenUsage {
  const { text, audio } = estimatePrompt(body, bodyBytes, likelyBytesPerToken);
  return { ...noUsage, prompt: text + audio, audioIn: audio, completion };
}

/**
 * What a request may cost at most, to be set aside before platform credentials serve it. An estimate: what was really used
 * is charged afterwards, and may exceed the hold when neither the caller nor the catalogue limits the answer.
 */
export function estimateHold(
  body: JsonObject,
  bodyBytes: number,
  price: Price,
  maxOutputTokens: number | null,
): NanoUsd {
  const { text, audio } = estimatePrompt(body, bodyBytes);
  const rate = rateFor(price, text + audio);
  const dearest: Price = {
    input: Math.max(rate.input, rate.cacheWrite ?? 0),
    audioInput: Math.max(rate.input, rate.audioInput ?? 0),
    output: Math.max(rate.output, asksForAudio(body) ? (rate.audioOutput ?? 0) : 0),
  };
  const choices = Math.min(positive(body.n) ?? 1, mostChoices);
  return costOf(
    { ...noUsage, prompt: text + audio, audioIn: audio, completion: completionLimit(body, maxOutputTokens) * choices },
    dearest,
  );
}

function completionLimit(body: JsonObject, maxOutputTokens: number | null): number {
  const asked = positive(body.max_completion_tokens) ?? positive(body.max_tokens);
  const possible = maxOutputTokens ?? Number.POSITIVE_INFINITY;
  return Math.min(asked ?? defaultCompletion, possible);
}

function asksForAudio(body: JsonObject): boolean {
  return Array.isArray(body.modalities) && body.modalities.includes('audio');
}

function* partsOf(messages: unknown): Generator<JsonObject> {
  if (!Array.isArray(messages)) return;
  for (const message of messages) {
    if (!isObject(message) || !Array.isArray(message.content)) continue;
    for (const part of message.content) if (isObject(part)) yield part;
  }
}

function positive(value: unknown): number | null {
  return typeof value === 'number' && value > 0 ? Math.ceil(value) : null;
}
