import type { DynamoDBRecord } from 'aws-lambda';
import type { AttemptRecord, LogRecord } from '../../functions/core/log-record.ts';
import { createOrigin } from '../../functions/export/resource.ts';
import { fromLogItem } from '../../functions/stores/log/log-items.ts';
import { noIds } from '../core/samples.ts';

export const origin = createOrigin({
  instance: 'instance-of-the-tests',
  stage: 'test',
  region: 'eu-central-1',
  providerNames: { openai: 'openai', bedrock: 'aws.bedrock' },
});

export const at = Date.parse('2026-03-01T10:20:30.400Z');

/** A call that served. */
export function anAttempt(change: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    target: 'byok',
    provider: 'openai',
    provider_key_id: 'pk_1',
    model: 'gpt-4o-mini',
    region: null,
    kind: null,
    status: 200,
    code: null,
    message: null,
    provider_request_id: 'up_1',
    started_ms: 20,
    ms: 300,
    ...change,
  };
}

/** A request that was served by its own key and streamed. */
export function aRecord(change: Partial<LogRecord> = {}): LogRecord {
  return {
    request_id: 'req_01J0000000000000000000000A',
    ...noIds,
    workspace_id: 'ws_1',
    api_key_id: 'ak_1',
    at: new Date(at).toISOString(),
    endpoint: '/v1/chat/completions',
    model: 'openai/gpt-4o-mini',
    stream: true,
    status: 200,
    error_code: null,
    route: 'byok(pk_1)=ok',
    kind: null,
    message: null,
    credential: 'byok',
    provider: 'openai',
    provider_key_id: 'pk_1',
    provider_model: 'gpt-4o-mini',
    provider_request_id: 'up_1',
    fallback_triggered: false,
    attempts: [anAttempt()],
    usage: { prompt_tokens: 12, completion_tokens: 34, cached_tokens: 5, reasoning_tokens: 0 },
    usage_estimated: false,
    cost: '0.0000000',
    settled: true,
    upstream_cost: '0.0001234',
    first_byte_ms: 250,
    total_ms: 2000,
    gateway_ms: 15,
    finish_reason: 'stop',
    dropped_params: [],
    client: { user_agent: 'OpenAI/JS', ip: '192.0.2.1' },
    expires_at: 4_000_000_000,
    ...change,
  };
}

type Image = NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']>;

/** As the store writes it (functions/stores/log/request-log.ts): scalars as they are, the rest as JSON. */
export function toImage(record: LogRecord): Image {
  const image: Image = { pk: { S: `${record.workspace_id}#0` }, sk: { S: record.request_id } };
  for (const [name, value] of Object.entries(record)) {
    if (value === null) image[name] = { NULL: true };
    else if (typeof value === 'string') image[name] = { S: value };
    else if (typeof value === 'number') image[name] = { N: String(value) };
    else if (typeof value === 'boolean') image[name] = { BOOL: value };
    else image[name] = { S: JSON.stringify(value) };
  }
  return image;
}

let sequence = 0;

/** A change as the table's stream tells it. */
export function aChange(record: LogRecord, before?: LogRecord): DynamoDBRecord {
  const SequenceNumber = String(++sequence).padStart(21, '0');
  return {
    eventID: `event-${SequenceNumber}`,
    eventName: before === undefined ? 'INSERT' : 'MODIFY',
    dynamodb: {
      Keys: { pk: { S: `${record.workspace_id}#0` }, sk: { S: record.request_id } },
      NewImage: toImage(record),
      ...(before && { OldImage: toImage(before) }),
      SequenceNumber,
    },
  };
}

export const toRecord = fromLogItem as (item: Image) => LogRecord;

/** Some requests, each with an id of its own. */
export function someRecords(count: number, change: (index: number) => Partial<LogRecord> = () => ({})): LogRecord[] {
  return Array.from({ length: count }, (_, index) =>
    aRecord({ request_id: `req_${String(index).padStart(26, '0')}`, ...change(index) }),
  );
}
