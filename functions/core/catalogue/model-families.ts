import { withoutGeography } from './inference-profiles.ts';
import type { Candidate } from './models.ts';

/**
 * Where a model that the catalogue does not know yet would be served, by the family that its bare name shows. Clients send such
 * names the day a model appears, and old ones for years. There is no price for it, so only own keys can serve it.
 */
export function guessByFamily(id: string): Candidate[] {
  const name = id.replace(/^(?:anthropic|google)\//, '');
  if (name.includes('/')) return [];
  if (/^claude-/.test(name))
    return [
      { provider: 'bedrock', model: claudeAtBedrock(name), offer: null },
      { provider: 'vertex', model: claudeAtVertex(name), offer: null },
      { provider: 'anthropic', model: name, offer: null },
    ];
  if (/^gemini-/.test(name))
    return [
      { provider: 'vertex', model: name, offer: null },
      { provider: 'gemini', model: name, offer: null },
    ];
  if (name === id && /^(?:gpt-|chatgpt-|codex-|text-embedding-|o\d)/.test(name))
    return [{ provider: 'openai', model: name, offer: null }];
  return [];
}

/**
 * Snapshots that Anthropic's names without a date stand for.
 * https://docs.anthropic.com/en/docs/about-claude/models/overview
 */
const snapshots: Record<string, string> = {
  'claude-3-haiku': '20240307',
  'claude-3-opus': '20240229',
  'claude-3-5-haiku': '20241022',
  'claude-3-5-sonnet': '20241022',
  'claude-3-7-sonnet': '20250219',
  'claude-opus-4': '20250514',
};

function dated(name: string): { plain: string; date: string | undefined } {
  const bare = name.replace(/-latest$/, '').replace(/-4-0$/, '-4');
  const found = /^(.*?)[-@](\d{8})$/.exec(bare);
  const plain = found?.[1] ?? bare;
  return { plain, date: found?.[2] ?? snapshots[plain] };
}

/**
 * Bedrock's ids end in the version of the dated snapshot; the second Claude 3.5 Sonnet is the only one above 1.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html
 */
function claudeAtBedrock(name: string): string {
  const { plain, date } = dated(name);
  if (date === undefined) return `anthropic.${plain}`;
  return `anthropic.${plain}-${date}-v${plain === 'claude-3-5-sonnet' && date === '20241022' ? 2 : 1}:0`;
}

/**
 * Vertex AI writes the snapshot behind an @, and calls the second Claude 3.5 Sonnet v2.
 * https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude
 */
function claudeAtVertex(name: string): string {
  const { plain, date } = dated(name);
  if (date === undefined) return `anthropic/${plain}`;
  return `anthropic/${plain}${plain === 'claude-3-5-sonnet' && date === '20241022' ? '-v2' : ''}@${date}`;
}

/** Who made a model, as its id at the provider tells: Bedrock's vendor, Vertex AI's publisher, Google for Vertex AI's own names. */
export function makerOf(model: string, provider: string): string {
  const publisher = /^([\w-]+)\//.exec(model)?.[1];
  if (publisher !== undefined) return publisher;
  if (provider === 'vertex') return 'google';
  return provider === 'bedrock' ? (/^([a-z0-9-]+)\./.exec(withoutGeography(model))?.[1] ?? provider) : provider;
}
