import { withoutGeography } from './inference-profiles.ts';

/** Longer ids name nothing: the longest that providers give are ARNs of some 150 characters, and what filters may hold is 300. */
const longestId = 300;

/**
 * Whether a text may be the id of a model at some provider: what OpenAI's fine-tunes (`ft:gpt-4o-mini:acme::abc`), ARNs, Vertex AI's
 * publishers and versions (`anthropic/claude-…@20250929`) need, and nothing that could mean something to a URL, a pattern, a log or
 * a stored name. No segment is made of dots: it would move the call to another path.
 */
export function isModelId(id: string): boolean {
  return id.length <= longestId && /^[A-Za-z0-9][A-Za-z0-9._:/@+~=-]*$/.test(id) && !/(?:^|\/)\.+(?:\/|$)/.test(id);
}

/**
 * Whether an id says nothing of the model behind it: resources of an AWS account that are numbered, not named
 * (docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html, resource types).
 */
export function hidesModel(model: string): boolean {
  return /^arn:[^:]*:bedrock:[^:]*:[^:]*:(?!inference-profile\/|foundation-model\/)[a-z-]+\//i.test(model);
}

/**
 * The names under which a provider's model may be known, the name itself first: model ids come with decorations that
 * change where or which snapshot is called, not what it is.
 */
export function spellings(model: string): string[] {
  const name = withoutArn(model);
  const plain = withoutGeography(name);
  return [name, withoutSuffix(name), plain, withoutSuffix(plain)];
}

/** `anthropic.claude-opus-4-6-v1`, `anthropic.claude-opus-4-6` for `anthropic.claude-opus-4-6-v1:0`. */
export function shorterNames(model: string): string[] {
  const names = new Set([model.replace(/:\d+$/, ''), model.replace(/(?:-v\d+)?(?::\d+)?$/, '')]);
  names.delete(model);
  return [...names];
}

/**
 * What all spellings of one model have in common, at whatever provider: `claude-sonnet-4-5` for `anthropic/claude-sonnet-4.5`,
 * `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, `anthropic/claude-sonnet-4-5@20250929` and `claude-sonnet-4-5-latest`.
 * Coarse on purpose: two ids with different identities are different models, two with the same may be snapshots of one.
 * Where exclusive use hangs on it, that is the safe side.
 */
export function identityOf(id: string): string {
  return withoutMarks(withoutVersion(withoutPlace(id.toLowerCase())));
}

/** The same for a pattern with `*`; null when its beginning names a provider or publisher as a whole and no model. */
export function identityPattern(pattern: string): string | null {
  const pieces = pattern.toLowerCase().split('*');
  if (pieces.length === 1) return identityOf(pattern);
  const first = withoutPlace(pieces[0] ?? '');
  if (first === '' && pieces[0] !== '') return null;
  const middle = pieces.slice(1, -1);
  return [first, ...middle, withoutVersion(pieces.at(-1) ?? '')].map(withoutMarks).join('*');
}

/** Without provider, publisher, geography and vendor, which tell where a model is called. */
function withoutPlace(id: string): string {
  const name = withoutArn(id);
  const bare = withoutGeography(name.slice(name.lastIndexOf('/') + 1));
  // Bedrock's vendors: `anthropic.`, `meta.`. What follows the dot in `gpt-4.1` or `gemini-2.5-flash` is a digit.
  return bare.replace(/^[a-z][a-z0-9-]*\.(?![0-9]|$)/, '');
}

/**
 * Without what names a snapshot or how it is offered: `@20250929`, `:0:300k`, `-v1`, dates of all kinds, `-001`, `-latest`, `-maas`.
 * A version above 1 that is no dated one's is part of the name: titan-embed-text-v2 is not the first one.
 */
function withoutVersion(name: string): string {
  let left = name.replace(/@.*$/, '');
  for (let before = ''; before !== left; ) {
    before = left;
    left = left
      .replace(/(?::\d+k?m?){1,2}$/, '')
      .replace(/-(?:latest|maas)$/, '')
      .replace(/(-\d{8})-v\d+$/, '$1')
      .replace(/-v1$/, '')
      .replace(/-(?:20\d{6}|20\d\d-\d\d-\d\d|\d\d-20\d\d|(?:0\d|1[0-2])[0-3]\d|\d{3})$/, '');
  }
  return left;
}

/** Makers write `4.5`, Bedrock and Vertex AI `4-5`. Other marks stand for themselves: `gpt.4o` is nobody's name for `gpt-4o`. */
function withoutMarks(name: string): string {
  return name.replace(/(?<=\d)\.(?=\d)/g, '-').replaceAll('_', '-');
}

function withoutArn(model: string): string {
  return /^arn:[^/]+:(?:inference-profile|foundation-model)\/([^/]+)$/i.exec(model)?.[1] ?? model;
}

/**
 * `@20250929`, `@default` and `-001` (Vertex AI), `-2024-07-18` (OpenAI's snapshots),
 * `:0` and `:0:300k` (Bedrock's minor version and context length).
 */
function withoutSuffix(model: string): string {
  return model.replace(/(?:@[\w-]+|-\d{3}|-\d{4}-\d\d-\d\d|(?::\d+[km]?){1,2})$/, '');
}
