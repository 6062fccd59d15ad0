import { isObject, type JsonObject } from '../functions/core/json.ts';
import type { StoredSecret } from './secret-book.ts';
import { invalid } from './service-error.ts';

export function readTags({ Tags: tags }: JsonObject): Record<string, string> {
  if (!Array.isArray(tags) || tags.length > 50) throw invalid('Tags must be a list of at most 50.');
  return Object.fromEntries(
    tags.map((tag) => {
      if (!isObject(tag) || typeof tag.Key !== 'string' || typeof tag.Value !== 'string')
        throw invalid('A tag has a Key and a Value.');
      return [tag.Key, tag.Value];
    }),
  );
}

export function tagsOf({ tags = {} }: StoredSecret): JsonObject[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
