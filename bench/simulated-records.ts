import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { formatTime } from '../functions/core/ids.ts';
import { logShards } from '../functions/stores/log/log-items.ts';

/* The log of a simulated workspace: nothing is stored, each record follows from its hour and its number. */

export function requestId(hour: number, i: number): string {
  return `req_${formatTime(hour + i)}0000000000000000`;
}

/** The first request of a shard that can be beyond an id. */
export function firstIn(begins: number, shard: number, oldest: string): number {
  if (oldest <= `req_${formatTime(begins)}`) return shard;
  let [low, high] = [0, 3_600_000];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (requestId(begins, middle) > oldest) high = middle;
    else low = middle + 1;
  }
  return low + ((((shard - low) % logShards) + logShards) % logShards);
}

const models = ['openai/gpt-5', 'openai/gpt-5-mini', 'anthropic/claude-sonnet', 'gemini/flash'];
const usage = JSON.stringify({ prompt_tokens: 11, completion_tokens: 7, cached_tokens: 0, reasoning_tokens: 0 });

/** What the projection brings of a record; the i-th costs i % 10 units of a ten-millionth. */
export function item(sk: string, at: number, i: number): Record<string, AttributeValue> {
  return {
    sk: { S: sk },
    at: { S: new Date(at).toISOString() },
    model: { S: models[i % 4] ?? '' },
    provider: { S: 'openai' },
    credential: { S: 'byok' },
    api_key_id: { S: `ak_${i % 3}` },
    provider_key_id: { S: 'pk_1' },
    error_code: { NULL: true },
    usage: { S: usage },
    cost: { S: `0.000000${i % 10}` },
    upstream_cost: { S: '0.0000000' },
  };
}
