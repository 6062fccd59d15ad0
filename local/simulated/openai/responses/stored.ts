import type { JsonObject } from '../../../../functions/core/json.ts';

/** What `store` keeps for the owner of a key: the response, and the items that led to it and that it holds. */
interface Stored {
  key: string;
  response: JsonObject;
  items: JsonObject[];
}

export interface StoredResponses {
  keep(key: string, response: JsonObject, items: JsonObject[]): void;
  find(key: string, id: string): Stored | null;
  /** An item of any response of that key, by its id. */
  findItem(key: string, id: string): JsonObject | null;
  remove(key: string, id: string): boolean;
}

const most = 1000;

export function createStoredResponses(): StoredResponses {
  const kept = new Map<string, Stored>();
  const find = (key: string, id: string) => {
    const found = kept.get(id);
    return found?.key === key ? found : null;
  };
  return {
    keep(key, response, items) {
      const [oldest] = kept.keys();
      if (kept.size >= most && oldest !== undefined) kept.delete(oldest);
      kept.set(String(response.id), { key, response, items });
    },
    find,
    findItem(key, id) {
      for (const { key: owner, items } of kept.values()) {
        const item = owner === key ? items.find((one) => one.id === id) : undefined;
        if (item !== undefined) return item;
      }
      return null;
    },
    remove: (key, id) => find(key, id) !== null && kept.delete(id),
  };
}
