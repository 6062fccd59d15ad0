import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startGateway, type TestGateway } from '../client/gateway.ts';
import { type OtlpReceiver, startOtlpReceiver } from './otlp-receiver.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const span = '00f067aa0ba902b7';

let receiver: OtlpReceiver;
let gateway: TestGateway;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  gateway = await startGateway({ KEYWAY_OTLP_ENDPOINT: receiver.url });
});
afterAll(async () => {
  await gateway.close();
  await receiver.close();
});

it("sends a request's spans and metrics to a collector, in the caller's trace, with the tokens and times of its log", async () => {
  // The tenant's key is refused, and the platform serves.
  const { client, call, key } = await gateway.workspace({ keys: { openai: 'sk-sim-invalid' }, credit: '5' });
  const { response } = await client()
    .chat.completions.create(
      { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'one two three' }], stream: true },
      { headers: { traceparent: `00-${trace}-${span}-01` } },
    )
    .asResponse()
    .then(async (answer) => ({ response: answer, text: await answer.text() }));
  const id = response.headers.get('x-request-id');
  const { body: log } = await call('GET', `/v1/logs/${id}`);
  expect(log).toMatchObject({ request_id: id, traceparent: `00-${trace}-${span}-01` });
  const attempts = log.attempts as { model: string; kind: string | null; started_ms: number; ms: number }[];
  expect(attempts.map(({ kind }) => kind)).toEqual(['credential', null]);
  const spans = await vi.waitFor(() => {
    const found = receiver.spans.filter(({ attributes }) => attributes['keyway.request_id'] === id);
    expect(found).toHaveLength(1 + attempts.length);
    expect(receiver.points).not.toEqual([]);
    return found;
  }, 10_000);
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([trace]));
  const [request, ...calls] = spans;
  expect(request).toMatchObject({ name: 'POST /v1/chat/completions', parentSpanId: span });
  for (const [index, attempt] of attempts.entries()) {
    expect(calls[index]).toMatchObject({ name: `chat ${attempt.model}`, parentSpanId: request?.spanId });
    // One after the other.
    const before = attempts[index - 1];
    expect(attempt.started_ms).toBeGreaterThanOrEqual((before?.started_ms ?? 0) + (before?.ms ?? 0) - 1);
  }
  expect(receiver.points.map(({ metric }) => metric)).toContain('gen_ai.client.operation.duration');
  expect(JSON.stringify([receiver.spans, receiver.points])).not.toMatch(new RegExp(`sk-sim|one two|${key}`));
});
