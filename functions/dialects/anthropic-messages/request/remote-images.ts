import { isObject, type JsonObject } from '../../../core/json.ts';

export interface InlineImage {
  mediaType: string;
  /** base64. */
  data: string;
}

/** The https addresses of pictures in a body of the Messages format. */
export function imageAddresses(body: JsonObject): Set<string> {
  const wanted = new Set<string>();
  withImages(body, (url) => {
    wanted.add(url);
    return null;
  });
  return wanted;
}

/** The body with these pictures in place of their addresses; all else, other fields of their blocks included, stays the same object. */
export function withImages(body: JsonObject, imageAt: (url: string) => InlineImage | null): JsonObject {
  if (!Array.isArray(body.messages)) return body;
  const messages = same(body.messages, inMessage);
  return messages === body.messages ? body : { ...body, messages };

  function inMessage(value: unknown): unknown {
    if (!isObject(value) || !Array.isArray(value.content)) return value;
    const content = same(value.content, inBlock);
    return content === value.content ? value : { ...value, content };
  }

  function inBlock(block: unknown): unknown {
    if (!isObject(block)) return block;
    // Results of tools and of searches hold blocks, too.
    if (block.type !== 'image') return inMessage(block);
    const { source } = block;
    if (!isObject(source) || source.type !== 'url' || typeof source.url !== 'string') return block;
    const image = source.url.startsWith('https:') ? imageAt(source.url) : null;
    if (image === null) return block;
    return { ...block, source: { type: 'base64', media_type: image.mediaType, data: image.data } };
  }
}

/** The same list where nothing became another. */
function same(list: unknown[], change: (item: unknown) => unknown): unknown[] {
  const changed = list.map(change);
  return changed.every((item, index) => item === list[index]) ? list : changed;
}
