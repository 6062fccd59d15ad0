import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../functions/core/chat/frame.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import type { Failure } from '../../../functions/core/routing/failure.ts';
import { native } from '../../../functions/dialects/anthropic-messages/native.ts';

const head = { mintedId: '01J', created: 1, callerModel: 'vertex/claude', includeUsage: false };
const failure: Failure = { kind: 'overloaded', status: null, code: null, message: 'no', providerRequestId: null };

const start = (more: JsonObject = {}) => ({
  type: 'message_start',
  message: {
    model: 'claude-x',
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 5, cache_read_input_tokens: 3, cache_creation_input_tokens: 2, output_tokens: 1 },
    ...more,
  },
});
const text = (delta: string) => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: delta },
});
const end = (usage: JsonObject = { output_tokens: 7 }, stopReason = 'end_turn') => ({
  type: 'message_delta',
  delta: { stop_reason: stopReason, stop_sequence: null },
  usage,
});
const stop = { type: 'message_stop' };

function relayed(events: (JsonObject | string)[], seen: unknown[] = []): Frame[] {
  const relay = native.createRelay(head, (error) => {
    seen.push(error);
    return failure;
  });
  return events.flatMap((event) => relay.push(typeof event === 'string' ? event : JSON.stringify(event)));
}

function textOf(frame: Frame | undefined): string {
  if (frame?.type === 'event' || frame?.type === 'end') return frame.text;
  return frame?.type === 'usage' ? (frame.write({}) ?? '') : '';
}

describe('an answer of Claude on the native lane', () => {
  it('keeps everything but the model, and is counted with its cached tokens', () => {
    const message = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-x',
      content: [{ type: 'server_tool_use', id: 's', name: 'web_search', input: {} }],
      stop_reason: 'tool_use',
      usage: {
        input_tokens: 5,
        cache_read_input_tokens: 3,
        cache_creation_input_tokens: 2,
        output_tokens: 7,
        output_tokens_details: { thinking_tokens: 4 },
        server_tool_use: { web_search_requests: 1 },
      },
      container: { id: 'c' },
    };
    expect(native.readAnswer(JSON.stringify(message), head)).toEqual({
      body: { ...message, model: 'vertex/claude' },
      usage: { prompt: 10, completion: 7, cached: 3, cacheWrite: 2, reasoning: 4, audioIn: 0, audioOut: 0 },
      finishReason: 'tool_calls',
    });
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'content_filter'],
    ['something_new', 'stop'],
    [null, null],
  ])('that ended with %s is logged as %s', (stopReason, finishReason) => {
    const answer = native.readAnswer(JSON.stringify({ content: [], stop_reason: stopReason }), head);
    expect(answer).toMatchObject({ finishReason, usage: null });
  });

  it.each(['<html>', '[]', '{"type":"error","error":{"type":"overloaded_error"}}', '{"error":{"code":403}}'])(
    'is none when it reads %s',
    (body) => {
      expect(native.readAnswer(body, head)).toBeNull();
    },
  );
});

describe('a stream of Claude on the native lane', () => {
  it('changes the model in the first event and adds to the last counts; the rest passes byte for byte', () => {
    const thinking = '{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}';
    const frames = relayed([start(), thinking, { type: 'ping' }, text('a"b'), end(), stop]);
    expect(frames.map(({ type }) => type)).toEqual(['event', 'event', 'event', 'event', 'finish', 'usage', 'end']);
    const [first, second, ping, delta, finish, usage, last] = frames;
    expect(textOf(first)).toBe(`event: message_start\ndata: ${JSON.stringify(start({ model: 'vertex/claude' }))}\n\n`);
    expect(second).toEqual({
      type: 'event',
      text: `event: content_block_start\ndata: ${thinking}\n\n`,
      content: false,
      closing: false,
    });
    expect(ping).toMatchObject({ text: 'event: ping\ndata: {"type":"ping"}\n\n', content: false });
    expect(delta).toMatchObject({
      text: `event: content_block_delta\ndata: ${JSON.stringify(text('a"b'))}\n\n`,
      content: true,
    });
    expect(finish).toEqual({ type: 'finish', reason: 'stop' });
    expect(usage).toMatchObject({ usage: { prompt: 10, completion: 7, cached: 3, cacheWrite: 2 } });
    expect(usage?.type === 'usage' && usage.write({ cost: '0' })).toBe(
      'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":7,"cost":"0"}}\n\n',
    );
    expect(last).toEqual({ type: 'end', text: 'event: message_stop\ndata: {"type":"message_stop"}\n\n' });
  });

  it('takes the last counts of each field, null for nothing new', () => {
    const frames = relayed([start(), end({ input_tokens: 9, cache_read_input_tokens: null, output_tokens: 7 }), stop]);
    expect(frames.at(-2)).toMatchObject({ usage: { prompt: 14, completion: 7, cached: 3 } });
  });

  it('counts what a compaction took beside the totals', () => {
    const iterations = [
      { type: 'compaction', input_tokens: 100, cache_read_input_tokens: 10, output_tokens: 20 },
      { type: 'message', input_tokens: 5, output_tokens: 7 },
    ];
    const frames = relayed([start(), end({ output_tokens: 7, iterations }), stop]);
    expect(frames.at(-2)).toMatchObject({ usage: { prompt: 120, completion: 27, cached: 13, cacheWrite: 2 } });
  });

  it('tells the extras in the last of several message_delta events', () => {
    const frames = relayed([start(), end({ output_tokens: 1 }, 'compaction'), end({ output_tokens: 8 }), stop]);
    expect(frames.map(({ type }) => type)).toEqual(['event', 'finish', 'event', 'finish', 'usage', 'end']);
    expect(frames[2]).toMatchObject({ closing: true });
    expect(frames[4]).toMatchObject({ usage: { completion: 8 } });
  });

  it('passes what tells no counts, and makes none up', () => {
    const frames = relayed([
      start({ usage: null }),
      { type: 'message_delta', delta: { stop_reason: 'end_turn' } },
      stop,
    ]);
    expect(frames.map(({ type }) => type)).toEqual(['event', 'finish', 'event', 'end']);
  });

  it('leaves out what Bedrock counted at the end, and nothing else', () => {
    const frames = relayed([
      start(),
      end(),
      { ...stop, 'amazon-bedrock-invocationMetrics': { inputTokenCount: 1 }, 'amazon-bedrock-trace': { a: 1 } },
    ]);
    expect(textOf(frames.at(-1))).toBe(
      'event: message_stop\ndata: {"type":"message_stop","amazon-bedrock-trace":{"a":1}}\n\n',
    );
  });

  it.each<[string, JsonObject, boolean]>([
    ['an empty text', { type: 'text', text: '' }, false],
    ['a text that begins at once', { type: 'text', text: 'a' }, true],
    ['thoughts', { type: 'thinking', thinking: '', signature: '' }, false],
    ['a tool call', { type: 'tool_use', id: 't', name: 'n', input: {} }, true],
    ['redacted thoughts', { type: 'redacted_thinking', data: 'd' }, true],
    ['a server tool', { type: 'server_tool_use', id: 't', name: 'n', input: {} }, true],
  ])('commits to nothing before content: the start of %s', (_name, block, content) => {
    expect(relayed([{ type: 'content_block_start', index: 0, content_block: block }])).toMatchObject([{ content }]);
  });

  it('reads errors of either shape by the table of the provider, and then nothing more', () => {
    const seen: unknown[] = [];
    const ours = { type: 'overloaded_error', message: 'busy' };
    expect(relayed([start(), { type: 'error', error: ours }, text('x')], seen).slice(1)).toEqual([
      { type: 'failure', failure },
    ]);
    expect(relayed([{ error: { code: 429, status: 'RESOURCE_EXHAUSTED' } }], seen)).toHaveLength(1);
    expect(seen).toEqual([ours, { code: 429, status: 'RESOURCE_EXHAUSTED' }]);
  });

  it.each(['<html>', '{"type":', '[]', '{}'])('fails at %s', (data) => {
    expect(relayed([start(), data]).at(-1)).toMatchObject({ type: 'failure', failure: { garbled: true } });
  });

  it('is not complete without message_stop, and takes nothing after it', () => {
    const cut = native.createRelay(head, () => failure);
    for (const event of [start(), text('x'), end()]) cut.push(JSON.stringify(event));
    expect(cut.ended()).toBe(false);
    cut.push(JSON.stringify(stop));
    expect(cut.ended()).toBe(true);
    expect(cut.push(JSON.stringify(text('more')))).toEqual([]);
  });

  it('writes payloads of several lines as one', () => {
    const [frame] = relayed(['{"type":"ping",\n"a":1}']);
    expect(textOf(frame)).toBe('event: ping\ndata: {"type":"ping", "a":1}\n\n');
  });

  it('never alters a delta, whatever the text, and finds the model wherever it stands', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (said, model) => {
        const data = JSON.stringify(text(said));
        const [first, delta] = relayed([start({ id: `"model":"${model}"`, model }), data]);
        expect(textOf(delta)).toBe(`event: content_block_delta\ndata: ${data}\n\n`);
        const sent: JsonObject = JSON.parse(textOf(first).slice('event: message_start\ndata: '.length));
        expect(sent).toEqual(start({ id: `"model":"${model}"`, model: 'vertex/claude' }));
      }),
    );
  });
});

describe('what a Messages request may cost', () => {
  it('is told apart by text, images, documents and what is fetched', () => {
    const data = 'A'.repeat(100);
    const pdf = { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data } };
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data } };
    const body = {
      max_tokens: 9,
      messages: [
        {
          role: 'user',
          content: [
            pdf,
            { type: 'tool_result', tool_use_id: 't', content: [image, { type: 'text', text: 'x' }] },
            { type: 'document', source: { type: 'content', content: [image] } },
            { type: 'document', source: { type: 'url', url: 'https://x/a.pdf' } },
            { type: 'image', source: { type: 'url', url: 'https://x/a.png' } },
            { type: 'tool_use', id: 't', name: 'n', input: { content: [image] } },
          ],
        },
      ],
    };
    expect(native.bounds(body, 1000)).toEqual({
      textBytes: 700,
      images: 3,
      audioChars: 0,
      mediaChars: 100,
      remoteMedia: 1,
      maxOutputTokens: 9,
      choices: 1,
      audioOut: false,
    });
  });

  it('does not follow a body into the depths', () => {
    let deep: JsonObject = { type: 'image', source: { type: 'base64', data: 'AAAA' } };
    for (let i = 0; i < 100_000; i++) deep = { content: deep };
    expect(native.bounds({ messages: [deep] }, 50)).toMatchObject({ images: 0, textBytes: 50, maxOutputTokens: null });
  });
});
