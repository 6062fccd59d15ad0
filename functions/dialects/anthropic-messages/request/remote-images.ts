import { isObject, type JsonObject } from '../../../core/json.ts';

export interface InlineImage {
  mediaType: string;
  /** base64. */
  data: string;
}

/** The https addresses of pictures in a body of the Messages format, with where each stands first. */
export function imageAddresses(body: JsonObject): Map<string, string> {
  const wanted = new Map<string, string>();
  eachImage(body, (url, at) => {
    if (!wanted.has(url)) wanted.set(url, at);
    return null;
  });
  return wanted;
}

/** The body with these pictures in place of their addresses; all else, other fields of their blocks included, stays the same object. */
export function withImages(body: JsonObject, imageOf: (url: string, at: string) => InlineImage | null): JsonObject {
  return eachImage(body, imageOf);
}

function eachImage(body: JsonObject, imageOf: (url: string, at: string) => InlineImage | null): JsonObject {
  if (!Array.isArray(body.messages)) return body;
  const messages = same(body.messages, (message, index) => inMessage(message, `messages.${index}`));
  return messages === body.messages ? body : { ...body, messages };

  function inMessage(value: unknown, at: string): unknown {
    if (!isObject(value) || !Array.isArray(value.content)) return value;
    const content = same(value.content, (block, index) => inBlock(block, `${at}.content.${index}`));
    return content === value.content ? value : { ...value, content };
  }

  function inBlock(block: unknown, at: string): unknown {
    if (!isObject(block)) return block;
    // Results of tools and of searches hold blocks, too.
    if (block.type !== 'image') return inMessage(block, at);
    const { source } = block;
    if (!isObject(source) || source.type !== 'url' || typeof source.url !== 'string') return block;
    const image = source.url.startsWith('https:') ? imageOf(source.url, at) : null;
    if (image === null) return block;
    return { ...block, source: { type: 'base64', media_type: image.mediaType, data: image.data } };
  }
}

/** The same list where nothing became another. */
function same(list: unknown[], change: (item: unknown, index: number) => unknown): unknown[] {
  const changed = list.map(change);
  return changed.every((item, index) => item === list[index]) ? list : changed;
}
