import type { AttemptRecord, LogRecord } from '../../../functions/core/log-record.ts';

/** A streamed request on an own key that went well. */
export function logRecord(change: Partial<LogRecord> = {}): LogRecord {
  return {
    request_id: 'req_01KB0000000000000000000000',
    gateway_request_id: 'd1f5a8c2-1c1f-4a63-9d53-9f2a5c8b7e10',
    gateway_extended_request_id: 'JKJaXmPLvHcESHA=',
    lambda_request_id: '8f507a4c-0e40-4a26-9a55-2c1c0e1f7f55',
    workspace_id: 'ws_01KB0000000000000000000001',
    api_key_id: 'ak_01KB0000000000000000000002',
    at: '2026-03-01T12:00:00.000Z',
    endpoint: '/v1/chat/completions',
    model: 'gpt-4o-mini',
    stream: true,
    status: 200,
    error_code: null,
    route: 'byok(pk_01KB0000000000000000000003)=ok',
    kind: null,
    message: null,
    credential: 'byok',
    provider: 'openai',
    provider_key_id: 'pk_01KB0000000000000000000003',
    provider_model: 'gpt-4o-mini',
    provider_request_id: 'req_011CSHoEeqs5C35K2UUqR7Fy',
    fallback_triggered: false,
    attempts: [attemptRecord()],
    usage: { prompt_tokens: 1200, completion_tokens: 345, cached_tokens: 0, reasoning_tokens: 0 },
    usage_estimated: false,
    cost: '0.0000000',
    settled: true,
    upstream_cost: '0.0003870',
    first_byte_ms: 431,
    total_ms: 3612,
    gateway_ms: 9,
    finish_reason: 'stop',
    dropped_params: [],
    client: { user_agent: 'OpenAI/Python 1.2.3', ip: '203.0.113.7' },
    expires_at: 1_774_000_000,
    ...change,
  };
}

/** A call that served. */
export function attemptRecord(change: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    target: 'byok',
    provider: 'openai',
    provider_key_id: 'pk_01KB0000000000000000000003',
    region: null,
    kind: null,
    status: 200,
    code: null,
    message: null,
    provider_request_id: 'req_011CSHoEeqs5C35K2UUqR7Fy',
    ms: 431,
    ...change,
  };
}
