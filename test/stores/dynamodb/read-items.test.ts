import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../../../functions/core/ports.ts';
import { key } from '../../../functions/stores/config/config-items.ts';
import { type BatchGet, readItems } from '../../../functions/stores/dynamodb/read-items.ts';

const keys = ['A', 'B', 'C'].map((sk) => key('WS#1', sk));

/** Answers `atOnce` keys a call and leaves the others. */
function stingy(atOnce: number): BatchGet {
  return async ({ RequestItems }) => {
    const asked = RequestItems?.t?.Keys ?? [];
    const left = asked.slice(atOnce);
    return {
      Responses: { t: asked.slice(0, atOnce) },
      ...(left.length > 0 && { UnprocessedKeys: { t: { Keys: left } } }),
    };
  };
}

describe('reading items by their keys', () => {
  it('asks again for what DynamoDB left', async () => {
    expect(await readItems(stingy(1), 't', keys, true)).toEqual(keys);
  });

  it('gives up on a table that gives nothing, as an outage', async () => {
    await expect(readItems(stingy(0), 't', keys, true)).rejects.toThrow(StoreUnavailable);
  });
});
