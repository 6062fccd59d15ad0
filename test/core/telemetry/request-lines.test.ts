import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { brokenOffRecord } from '../../../functions/core/log-record.ts';
import type { RequestLog } from '../../../functions/core/ports.ts';
import { oneLine } from '../../../functions/core/telemetry/one-line.ts';
import { createRequestLines, withLines } from '../../../functions/core/telemetry/request-lines.ts';
import { logRecord } from './sample-record.ts';

const options = { namespace: 'Keyway', providers: new Set(['openai']) };
const refusal = {
  request_id: 'req_2',
  gateway_request_id: null,
  gateway_extended_request_id: null,
  lambda_request_id: null,
  at: Date.parse('2026-03-01T12:00:00Z'),
  ms: 3.4,
  method: 'GET',
  resource: '/v1/logs/{id}',
  status: 401,
  error_code: 'unauthorized',
  ip: null,
} as const;

describe('the lines of requests', () => {
  it('are text for people where that is wanted, without what would confuse a terminal', () => {
    const printed: string[] = [];
    const lines = createRequestLines('text', (line) => printed.push(line), options);
    lines.recorded(logRecord({ model: 'evil\u001b[2J\nmodel' }));
    lines.recorded(logRecord({ credential: 'platform', fallback_triggered: true }));
    lines.recorded(logRecord({ provider: null, model: null, status: 402, error_code: 'insufficient_credits' }));
    lines.refused(refusal);
    const id = 'req_01KB0000000000000000000000';
    expect(printed).toEqual([
      `12:00:00 200 /v1/chat/completions evil[2Jmodel byok openai 3612 ms (gateway 9 ms) ${id}`,
      `12:00:00 200 /v1/chat/completions gpt-4o-mini fell back to platform openai 3612 ms (gateway 9 ms) ${id}`,
      `12:00:00 402 /v1/chat/completions - insufficient_credits 3612 ms (gateway 9 ms) ${id}`,
      '12:00:00 401 GET /v1/logs/{id} unauthorized 3 ms req_2',
    ]);
  });

  it('can be off', () => {
    const lines = createRequestLines('off', () => expect.unreachable(), options);
    lines.recorded(logRecord());
    lines.refused(refusal);
  });

  it.each([true, false])('are written when the record is, and when the store fails (works: %s)', async (works) => {
    const printed: string[] = [];
    const log = withLines(
      { write: () => (works ? Promise.resolve() : Promise.reject(new Error('down'))) } as unknown as RequestLog,
      createRequestLines('emf', (line) => printed.push(line), options),
    );
    const written = log.write(logRecord());
    if (works) await written;
    else await expect(written).rejects.toThrow('down');
    expect(printed.map((line) => JSON.parse(line).request_id)).toEqual([logRecord().request_id]);
  });
});

describe('the line of a request that broke off', () => {
  it('is the one that the sweep writes down', async () => {
    const printed: string[] = [];
    const lines = createRequestLines('emf', (line) => printed.push(line), options);
    const record = brokenOffRecord({ requestId: 'req_3', workspaceId: 'ws_1', apiKeyId: null, at: 0 }, 30);
    await withLines({ writeIfNone: async () => {} } as unknown as RequestLog, lines).writeIfNone(record);
    expect(printed.map((line) => JSON.parse(line))).toMatchObject([{ request_id: 'req_3', gateway_errors: 1 }]);
  });
});

describe('an object for the console', () => {
  const details = { event: 'swept', deep: { a: { b: { c: { d: 'x'.repeat(200) } } } } };

  it('is an object to whoever makes JSON of it, as Lambda does', () => {
    expect(JSON.parse(JSON.stringify({ message: oneLine(details) }))).toEqual({ message: details });
  });

  it('is one line of JSON where nobody does', () => {
    expect(inspect(oneLine(details))).toBe(JSON.stringify(details));
  });
});
