import type {
  ConverseCommandInput,
  ConverseCommandOutput,
  ConverseStreamOutput,
} from '@aws-sdk/client-bedrock-runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatAnswer, ChatPart } from '../../../functions/core/chat/answer.ts';
import type { Block } from '../../../functions/core/chat/conversation.ts';
import type { WrittenRequest } from '../../../functions/core/chat/dialect.ts';
import type { Failure } from '../../../functions/core/routing/failure.ts';
import { converse } from '../../../functions/dialects/converse/upstream.ts';
import { writeRequest } from '../../../functions/dialects/converse/write-request.ts';
import { chatRequest } from '../chat-request.ts';
import { assistant, tool, user } from './turns.ts';

type Written = WrittenRequest<ConverseCommandInput>;

const claude = 'us.anthropic.claude-sonnet-4-20250514-v1:0';
const written = (more: Partial<Written> = {}, model = claude): Written => ({
  ...writeRequest(chatRequest(), { model, images: new Map() }),
  ...more,
});
const usage = {
  inputTokens: 5,
  outputTokens: 7,
  cacheReadInputTokens: 1000,
  cacheWriteInputTokens: 200,
  totalTokens: 1212,
};
const counted = { prompt: 1205, completion: 7, cached: 1000, cacheWrite: 200, reasoning: 0, audioIn: 0, audioOut: 0 };

function answer(content: unknown[], more: object = {}): ConverseCommandOutput {
  const output = { output: { message: { role: 'assistant', content } }, stopReason: 'end_turn', usage, ...more };
  return output as unknown as ConverseCommandOutput;
}

const read = (content: unknown[], more: object = {}, request = written()) =>
  converse.readAnswer(answer(content, more), request);

const noError = (): Failure => {
  throw new Error('no error was expected');
};

function stream(events: unknown[], request = written()): ChatPart[] {
  const reader = converse.createStreamReader(request, noError);
  return [...events.flatMap((event) => reader.push(event as ConverseStreamOutput)), ...reader.finish()];
}

/** What a door makes of a stream: at most one block is open at a time. */
function fold(parts: ChatPart[]): ChatAnswer {
  const blocks: Block[] = [];
  let open: Block | null = null;
  const result: ChatAnswer = { choices: [], usage: null };
  for (const part of parts) {
    switch (part.type) {
      case 'open':
        expect(open).toBeNull();
        open = (part.block.type === 'tool_call' ? { ...part.block, input: '' } : { ...part.block, text: '' }) as Block;
        break;
      case 'delta':
        expect(part.text).not.toBe('');
        if (open?.type === 'tool_call') open.input += part.text;
        else if (open !== null && 'text' in open) open.text += part.text;
        else throw new Error('a delta outside a block');
        break;
      case 'close': {
        const { type: _type, choice: _choice, ...more } = part;
        blocks.push({ ...(open as unknown as Block), ...more } as Block);
        open = null;
        break;
      }
      case 'whole':
        expect(open).toBeNull();
        blocks.push(part.block);
        break;
      case 'finish':
        expect(open).toBeNull();
        result.choices.push({ blocks, finish: part.finish });
        if (part.serviceTier !== undefined) result.serviceTier = part.serviceTier;
        if (part.extra !== undefined) result.extra = part.extra;
        break;
      case 'usage':
        result.usage = part.usage;
        break;
      case 'failure':
        throw new Error(part.failure.message);
      case 'end':
        break;
    }
  }
  return result;
}

const delta = (contentBlockIndex: number, value: unknown) => ({
  contentBlockDelta: { contentBlockIndex, delta: value },
});
const start = (contentBlockIndex: number, value: unknown) => ({
  contentBlockStart: { contentBlockIndex, start: value },
});
const stop = (contentBlockIndex: number) => ({ contentBlockStop: { contentBlockIndex } });
const messageStop = (stopReason: string, more: object = {}) => ({ messageStop: { stopReason, ...more } });
const metadata = (more: object = {}) => ({ metadata: { usage, metrics: { latencyMs: 1 }, ...more } });

/** The events of a stream whose answer has these blocks; texts in pieces of `size`. */
function eventsOf(content: Record<string, unknown>[], stopReason: string, size = 3): unknown[] {
  const pieces = (text: string) => text.match(new RegExp(`[^]{1,${size}}`, 'gu')) ?? [];
  const blocks = content.flatMap((block, at) => {
    if (typeof block.text === 'string') return [...pieces(block.text).map((text) => delta(at, { text })), stop(at)];
    const { toolUse, reasoningContent, citationsContent } = block as Record<
      string,
      Record<string, unknown> | undefined
    >;
    if (toolUse !== undefined) {
      const { input, ...use } = toolUse;
      const texts = pieces(JSON.stringify(input)).map((text) => delta(at, { toolUse: { input: text } }));
      return [start(at, { toolUse: use }), delta(at, { toolUse: { input: '' } }), ...texts, stop(at)];
    }
    if (citationsContent !== undefined)
      return [
        ...(citationsContent.citations as unknown[]).map((citation) => delta(at, { citation })),
        ...(citationsContent.content as { text: string }[]).flatMap(({ text }) =>
          pieces(text).map((piece) => delta(at, { text: piece })),
        ),
        stop(at),
      ];
    const { reasoningText, redactedContent } = reasoningContent as {
      reasoningText?: { text: string; signature?: string };
      redactedContent?: Uint8Array;
    };
    return [
      ...pieces(reasoningText?.text ?? '').map((text) => delta(at, { reasoningContent: { text } })),
      ...(reasoningText?.signature ? [delta(at, { reasoningContent: { signature: reasoningText.signature } })] : []),
      ...(redactedContent ? [delta(at, { reasoningContent: { redactedContent } })] : []),
      stop(at),
    ];
  });
  return [{ messageStart: { role: 'assistant' } }, ...blocks, messageStop(stopReason), metadata()];
}

const citation = { title: 'law', location: { documentPage: { documentIndex: 0, start: 1, end: 2 } } };
const content = [
  { reasoningContent: { reasoningText: { text: 'let me think', signature: 'c2ln' } } },
  { reasoningContent: { redactedContent: Buffer.from([0, 1, 2]) } },
  { text: 'one' },
  { text: 'two é😀' },
  { citationsContent: { content: [{ text: 'so it ' }, { text: 'says' }], citations: [citation] } },
  { toolUse: { toolUseId: 't0', name: 'code', input: { a: 1 }, type: 'server_tool_use' } },
  { toolUse: { toolUseId: 't1', name: 'now', input: {} } },
  { text: 'and' },
  { toolUse: { toolUseId: 't2', name: 'find', input: { half: 0.5, deep: ['é😀', null] } } },
];
const blocks: Block[] = [
  { type: 'reasoning', text: 'let me think', signature: { format: 'anthropic', value: 'c2ln' } },
  { type: 'reasoning', text: '', encrypted: { format: 'anthropic', value: 'AAEC' } },
  { type: 'text', text: 'one' },
  { type: 'text', text: 'two é😀' },
  { type: 'text', text: 'so it says', citations: { format: 'converse', values: [citation] } },
  { type: 'tool_call', id: 't1', name: 'now', input: '{}', kind: 'function' },
  { type: 'text', text: 'and' },
  { type: 'tool_call', id: 't2', name: 'find', input: '{"half":0.5,"deep":["é😀",null]}', kind: 'function' },
];

describe('an answer of Converse', () => {
  it('keeps its blocks, their order and borders, signatures and sources, and leaves out the provider’s own tools', () => {
    expect(read(content, { stopReason: 'tool_use', serviceTier: { type: 'flex' } })).toEqual({
      choices: [{ blocks, finish: { reason: 'tool_calls' } }],
      usage: counted,
      serviceTier: 'flex',
    });
  });

  it('says the same as a stream, in pieces of any size', () => {
    for (const size of [1, 2, 7, 100])
      expect(fold(stream(eventsOf(content, 'tool_use', size)))).toEqual(read(content, { stopReason: 'tool_use' }));
  });

  it('survives being sent back', () => {
    const request = chatRequest({ turns: [user('x'), assistant(blocks)], tools: [tool('now'), tool('find')] });
    const { body } = writeRequest(request, { model: claude, images: new Map() });
    expect(read(body.messages?.[1]?.content ?? [], { stopReason: 'tool_use' })?.choices[0]?.blocks).toEqual(blocks);
  });

  it.each([
    ['end_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'context'],
    ['guardrail_intervened', 'content_filter'],
    ['content_filtered', 'content_filter'],
    ['something_new', 'stop'],
  ])('with stop reason %s finishes with %s', (stopReason, reason) => {
    expect(read([{ text: 'x' }], { stopReason })?.choices[0]?.finish).toEqual({ reason });
  });

  it.each([[{ stop_sequence: 'END' }], [{ delta: { stop_sequence: 'END' } }]])(
    'tells which stop sequence was met: %j',
    (additionalModelResponseFields) => {
      const finish = { reason: 'stop_sequence', sequence: 'END' };
      const more = { stopReason: 'stop_sequence', additionalModelResponseFields };
      expect(read([{ text: 'x' }], more)?.choices[0]?.finish).toEqual(finish);
      const { stopReason, ...fields } = more;
      expect(
        fold(stream([delta(0, { text: 'x' }), stop(0), messageStop(stopReason, fields)])).choices[0]?.finish,
      ).toEqual(finish);
    },
  );

  it('tells how much of it were thoughts, and what the guardrail did', () => {
    const additionalModelResponseFields = { usage: { output_tokens_details: { thinking_tokens: 3 } } };
    const trace = { guardrail: { actionReason: 'Guardrail masked.' } };
    const expected = { usage: { ...counted, reasoning: 3 }, extra: { trace } };
    expect(read([{ text: 'x' }], { additionalModelResponseFields, trace })).toMatchObject(expected);
    const events = [delta(0, { text: 'x' }), stop(0), messageStop('end_turn', { additionalModelResponseFields })];
    expect(fold(stream([...events, metadata({ trace })]))).toMatchObject(expected);
  });

  it('gives the call of a tool of free text its text back', () => {
    const request = written({ customTools: ['patch'] });
    const use = [{ toolUse: { toolUseId: 't', name: 'patch', input: { input: '*** é' } } }];
    const call = { type: 'tool_call', id: 't', name: 'patch', input: '*** é', kind: 'custom' };
    expect(read(use, { stopReason: 'tool_use' }, request)?.choices[0]?.blocks).toEqual([call]);
    expect(fold(stream(eventsOf(use, 'tool_use', 2), request)).choices[0]?.blocks).toEqual([call]);
  });

  it('is none without content or reason, and when the model’s words could not be read', () => {
    expect(converse.readAnswer({ hello: 1 } as unknown as ConverseCommandOutput, written())).toBeNull();
    expect(read([], { stopReason: 'malformed_tool_use' })).toBeNull();
    expect(read([{ text: 'x' }], { stopReason: 'malformed_tool_use' })?.choices[0]?.finish.reason).toBe('stop');
    expect(stream([messageStop('malformed_model_output'), metadata()])).toMatchObject([
      { type: 'failure', failure: { kind: 'overloaded', garbled: true, code: 'malformed_model_output' } },
    ]);
  });
});

describe('a structured answer', () => {
  const form = (input: object) => ({ toolUse: { toolUseId: 't', name: 'json', input } });
  const thought = content[0] as (typeof content)[number];

  it.each<[string, Record<string, unknown>[], string]>([
    [
      'stands alone, whatever is said around it',
      [{ text: '<thinking>hm</thinking>' }, form({ x: 1 }), { text: 'Done.' }],
      '{"x":1}',
    ],
    ['is the first of several', [form({ x: 1 }), form({ x: 2 })], '{"x":1}'],
    ['keeps the thoughts before it', [thought, form({ x: 1 })], '{"x":1}'],
  ])('%s', (_name, given, text) => {
    const request = written({ answerTool: 'json' });
    const whole = read(given, { stopReason: 'tool_use' }, request);
    expect(whole?.choices[0]?.blocks.filter(({ type }) => type !== 'reasoning')).toEqual([{ type: 'text', text }]);
    expect(whole?.choices[0]?.finish).toEqual({ reason: 'stop' });
    expect(fold(stream(eventsOf(given, 'tool_use'), request))).toEqual(whole);
  });

  it('is the text when the tool was not called', () => {
    const request = written({ answerTool: 'json' });
    const given = [{ text: '{"x"' }, { text: ':1}' }];
    expect(fold(stream(eventsOf(given, 'end_turn'), request))).toEqual(read(given, {}, request));
  });
});

describe('a stream of Converse', () => {
  it('says nothing of empty pieces, and {} for a call without arguments', () => {
    const parts = stream([
      delta(0, { text: '' }),
      stop(0),
      start(1, { toolUse: { toolUseId: 't', name: 'now' } }),
      stop(1),
      messageStop('tool_use'),
      metadata(),
    ]);
    expect(parts.map(({ type }) => type)).toEqual(['open', 'delta', 'close', 'finish', 'usage', 'end']);
    expect(parts[1]).toMatchObject({ text: '{}' });
  });

  it('holds the finish back until it is over, and needs no usage', () => {
    const reader = converse.createStreamReader(written(), noError);
    const push = (event: unknown) => reader.push(event as ConverseStreamOutput).map(({ type }) => type);
    expect(push(delta(0, { text: 'x' }))).toEqual(['open', 'delta']);
    expect(push(messageStop('end_turn'))).toEqual(['close']);
    expect(reader.done()).toBe(false);
    expect(push(metadata())).toEqual([]);
    expect(reader.done()).toBe(true);
    expect(reader.finish().map(({ type }) => type)).toEqual(['finish', 'usage', 'end']);
    const text = [delta(0, { text: 'x' }), stop(0)];
    expect(
      stream([...text, messageStop('end_turn')])
        .map(({ type }) => type)
        .slice(-2),
    ).toEqual(['finish', 'end']);
    expect(fold(stream([...text, metadata(), messageStop('end_turn')])).usage).toEqual(counted);
  });

  it('tells no end of a stream that was cut', () => {
    expect(stream([delta(0, { text: 'x' }), stop(0)]).map(({ type }) => type)).toEqual(['open', 'delta', 'close']);
  });

  it('keeps a signature without readable thoughts', () => {
    const events = [
      delta(0, { reasoningContent: { signature: 'c2ln' } }),
      stop(0),
      messageStop('end_turn'),
      metadata(),
    ];
    expect(fold(stream(events)).choices[0]?.blocks).toEqual([
      { type: 'reasoning', text: '', signature: { format: 'anthropic', value: 'c2ln' } },
    ]);
  });

  it('opens a new block where thoughts turn into text under one number', () => {
    const events = [delta(0, { reasoningContent: { text: 'hm' } }), delta(0, { text: 'so' }), messageStop('end_turn')];
    expect(fold(stream(events)).choices[0]?.blocks).toEqual([
      { type: 'reasoning', text: 'hm' },
      { type: 'text', text: 'so' },
    ]);
  });

  it('puts blocks that come mixed in the order of their beginning', () => {
    const own = [0, 1, 2].map((at) => [delta(at, { text: `${at}a` }), delta(at, { text: `${at}b` }), stop(at)]);
    fc.assert(
      fc.property(fc.array(fc.nat(2), { minLength: 9, maxLength: 40 }), (order) => {
        const waiting = own.map((events) => [...events]);
        const begun: number[] = [];
        const mixed: unknown[] = [];
        for (const at of [...order, 0, 0, 0, 1, 1, 1, 2, 2, 2]) {
          const event = waiting[at]?.shift();
          if (event === undefined) continue;
          if (!begun.includes(at)) begun.push(at);
          mixed.push(event);
        }
        expect(fold(stream([...mixed, messageStop('end_turn')])).choices[0]?.blocks).toEqual(
          begun.map((at) => ({ type: 'text', text: `${at}a${at}b` })),
        );
      }),
    );
  });

  it('skips events and blocks that nobody knows', () => {
    const events = [
      { somethingNew: {} },
      { $unknown: ['x', {}] },
      delta(0, { $unknown: ['x', {}] }),
      messageStop('end_turn'),
    ];
    expect(fold(stream(events)).choices[0]?.blocks).toEqual([]);
  });
});
