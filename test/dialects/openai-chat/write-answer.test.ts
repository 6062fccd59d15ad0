import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { ChatAnswer, ChatPart } from '../../../functions/core/chat/answer.ts';
import type { Block, Signature } from '../../../functions/core/chat/conversation.ts';
import { noUsage } from '../../../functions/core/chat/usage.ts';
import { isObject, type JsonObject } from '../../../functions/core/json.ts';
import { readMessages } from '../../../functions/dialects/openai-chat/request/read-messages.ts';
import { writeAnswer } from '../../../functions/dialects/openai-chat/write-answer.ts';
import { createStreamWriter } from '../../../functions/dialects/openai-chat/write-stream.ts';
import { eventsOf, fold, head, jsonOf, partsOf, request } from './samples.ts';

const usage = { ...noUsage, prompt: 9, completion: 5, cached: 2, reasoning: 1 };
const answer = (...blocks: Block[]): ChatAnswer => ({ choices: [{ blocks, finish: { reason: 'stop' } }], usage });
const messageOf = (given: ChatAnswer, body: JsonObject = {}) =>
  (writeAnswer(given, head, request(body)).body.choices as { message: JsonObject }[])[0]?.message;
const call = { type: 'tool_call' as const, id: 'call_1', name: 'f', input: '{"a":1}', kind: 'function' as const };

describe('an answer', () => {
  it('is a chat completion under the caller’s model', () => {
    expect(
      writeAnswer(
        { ...answer({ type: 'text', text: 'Grüße' }), serviceTier: 'flex', extra: { trace: 1 } },
        head,
        request(),
      ),
    ).toEqual({
      body: {
        id: 'chatcmpl-01KB0000000000000000000000',
        object: 'chat.completion',
        created: 42,
        model: 'openai/gpt-4o-mini',
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: 'Grüße', refusal: null },
            logprobs: null,
            finish_reason: 'stop',
          },
        ],
        service_tier: 'flex',
        trace: 1,
        usage: {
          prompt_tokens: 9,
          completion_tokens: 5,
          total_tokens: 14,
          prompt_tokens_details: { cached_tokens: 2 },
          completion_tokens_details: { reasoning_tokens: 1 },
        },
      },
      usage,
      finishReason: 'stop',
    });
  });

  it('without counts has no usage', () => {
    expect(writeAnswer({ ...answer(), usage: null }, head, request()).body).not.toHaveProperty('usage');
  });

  test.each<[string, Block[], JsonObject]>([
    ['nothing', [], { content: '', refusal: null }],
    [
      'several texts',
      [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
      { content: 'ab' },
    ],
    ['a refusal', [{ type: 'refusal', text: 'No.' }], { content: null, refusal: 'No.' }],
    [
      'a call',
      [call],
      {
        content: null,
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
      },
    ],
    ['text beside a call', [{ type: 'text', text: 'a' }, call], { content: 'a' }],
    [
      'a call that Gemini signed',
      [{ ...call, signature: { format: 'google', value: 'c2ln' } }],
      { tool_calls: [{ id: 'call_1', extra_content: { google: { thought_signature: 'c2ln' } } }] },
    ],
    [
      'a text that Gemini signed',
      [{ type: 'text', text: 'a', signature: { format: 'google', value: 'c2ln' } }],
      { content: 'a', extra_content: { google: { thought_signature: 'c2ln' } } },
    ],
    [
      'a call of a custom tool',
      [{ ...call, kind: 'custom', input: 'x' }],
      { tool_calls: [{ id: 'call_1', type: 'custom', custom: { name: 'f', input: 'x' } }] },
    ],
    ['thoughts nobody signed', [{ type: 'reasoning', text: 'Hm' }], { content: '', reasoning_content: 'Hm' }],
    [
      'signed and hidden thoughts',
      [
        { type: 'reasoning', text: 'Hm', signature: { format: 'anthropic', value: 'c2ln' } },
        { type: 'reasoning', text: '', encrypted: { format: 'anthropic', value: 'eA==' } },
        { type: 'text', text: 'a' },
      ],
      {
        content: 'a',
        reasoning_content: 'Hm',
        reasoning_details: [
          { type: 'reasoning.text', text: 'Hm', signature: 'c2ln', format: 'anthropic-claude-v1', index: 0 },
          { type: 'reasoning.encrypted', data: 'eA==', format: 'anthropic-claude-v1', index: 1 },
        ],
      },
    ],
    [
      'citations in OpenAI’s words',
      [{ type: 'text', text: 'a', citations: { format: 'openai', values: [{ type: 'url_citation' }] } }],
      { annotations: [{ type: 'url_citation' }] },
    ],
    [
      'a picture',
      [{ type: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' } }],
      { images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] },
    ],
    [
      'a block of another format',
      [{ type: 'opaque', dialect: 'anthropic-messages', value: { type: 'x' } }],
      { content: '' },
    ],
  ])('with %s', (_, blocks, expected) => {
    expect(messageOf(answer(...blocks))).toMatchObject({ role: 'assistant', ...expected });
  });

  it('gives the call of a tool that the caller offered as free text its text', () => {
    const tools = [{ type: 'custom', custom: { name: 'f' } }];
    expect(messageOf(answer({ ...call, input: '{"input":"a\\nb"}' }), { tools })).toMatchObject({
      tool_calls: [{ type: 'custom', custom: { name: 'f', input: 'a\nb' } }],
    });
  });

  test.each([
    ['stop', 'stop'],
    ['stop_sequence', 'stop'],
    ['pause', 'stop'],
    ['context', 'length'],
    ['length', 'length'],
    ['tool_calls', 'tool_calls'],
    ['content_filter', 'content_filter'],
  ] as const)('that ends with %s says %s', (reason, word) => {
    const given = { choices: [{ blocks: [], finish: { reason } }], usage: null };
    expect(writeAnswer(given, head, request()).finishReason).toBe(word);
  });
});

const signature: fc.Arbitrary<Signature> = fc.record({
  format: fc.constantFrom('anthropic', 'google', 'openai', 'amazon', 'other'),
  value: fc.base64String({ minLength: 4 }),
});
const block: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ type: fc.constant('text' as const), text: fc.string({ minLength: 1 }) }),
  fc.record({ type: fc.constant('text' as const), text: fc.string({ minLength: 1 }), signature }),
  fc.record({ type: fc.constant('refusal' as const), text: fc.string({ minLength: 1 }) }),
  fc.record({ type: fc.constant('reasoning' as const), text: fc.string() }),
  fc.record({ type: fc.constant('reasoning' as const), text: fc.string(), signature }),
  fc.record({ type: fc.constant('reasoning' as const), text: fc.string(), encrypted: signature, id: fc.uuid() }),
  fc.record({
    type: fc.constant('tool_call' as const),
    id: fc.uuid(),
    name: fc.constantFrom('f', 'free'),
    input: fc.jsonValue().map((value) => JSON.stringify(isObject(value) ? value : { input: String(value) })),
    kind: fc.constant('function' as const),
  }),
);
const answers: fc.Arbitrary<ChatAnswer> = fc.record({
  choices: fc.array(
    fc.record({
      blocks: fc.array(block, { maxLength: 6 }),
      finish: fc.record({ reason: fc.constantFrom('stop', 'length', 'tool_calls' as const) }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  usage: fc.option(fc.constant(usage)),
});

describe('a streamed answer', () => {
  const body = { tools: [{ type: 'custom', custom: { name: 'free' } }] };

  it('says the same as the whole one, however it is cut', () => {
    fc.assert(
      fc.property(answers, fc.nat(), fc.boolean(), (given, seed, asWhole) => {
        const cut = (text: string) => (asWhole ? null : text === '' ? 0 : seed % text.length);
        const frames = createStreamWriter(head, request(body))(partsOf(given, cut));
        const whole = writeAnswer(given, head, request(body));
        const wholeChoices = whole.body.choices as { message: JsonObject; finish_reason: string }[];
        const messages = fold(eventsOf(frames));
        for (const [i, { message }] of wholeChoices.entries()) {
          const { content = null, refusal = null, ...folded } = messages[i] ?? {};
          const silent = content === null && message.content === '';
          expect({ ...folded, content: silent ? '' : content, refusal }).toEqual(message);
        }
        const finishes = eventsOf(frames).flatMap(({ choices }) =>
          (choices as JsonObject[]).flatMap(({ finish_reason: reason }) => reason ?? []),
        );
        expect(finishes).toEqual(wholeChoices.map(({ finish_reason: reason }) => reason));
        const counted = frames.find((frame) => frame.type === 'usage');
        expect(counted ? jsonOf(counted.write({})).usage : undefined).toEqual(whole.body.usage);
      }),
      { numRuns: 500 },
    );
  });

  it('comes back with the next turn as the same thoughts, texts and calls', () => {
    fc.assert(
      fc.property(answers, (given) => {
        const [first] = given.choices;
        const message = messageOf(given, body) ?? {};
        const [turn] = readMessages([message]);
        const kinds = (blocks: Block[], type: Block['type']) =>
          blocks.filter((each) => each.type === type).map(({ at: _at, ...rest }) => rest);
        const wanted = kinds(first?.blocks ?? [], 'reasoning').filter(
          (each) => each.type === 'reasoning' && (each.signature ?? each.encrypted) !== undefined,
        );
        expect(kinds(turn?.blocks ?? [], 'reasoning')).toEqual(wanted);
        expect(kinds(turn?.blocks ?? [], 'tool_call')).toHaveLength(kinds(first?.blocks ?? [], 'tool_call').length);
      }),
    );
  });

  it('tells the role once, and which frames bear content or close', () => {
    const given = answer({ type: 'reasoning', text: 'Hm', signature: { format: 'anthropic', value: 'c2ln' } }, call);
    const frames = createStreamWriter(head, request())(partsOf(given, () => 0));
    expect(frames.map((frame) => (frame.type === 'event' ? `${frame.content} ${frame.closing}` : frame.type))).toEqual([
      'true false',
      'false false',
      'true false',
      'true false',
      'false true',
      'finish',
      'usage',
      'end',
    ]);
    const roles = eventsOf(frames).map(({ choices }) => (choices as { delta: JsonObject }[])[0]?.delta.role);
    expect(roles).toEqual(['assistant', undefined, undefined, undefined, undefined]);
    expect(frames.at(-1)).toEqual({ type: 'end', text: 'data: [DONE]\n\n' });
  });

  it('that says nothing still has a role and a content', () => {
    const frames = createStreamWriter(head, request())(partsOf(answer(), () => 0));
    expect(eventsOf(frames)).toMatchObject([
      { choices: [{ delta: { role: 'assistant', content: '' }, finish_reason: 'stop' }] },
    ]);
  });

  it('gives a call without input an empty object', () => {
    const parts: ChatPart[] = [
      { type: 'open', choice: 0, block: { type: 'tool_call', id: 'a', name: 'f', kind: 'function' } },
      { type: 'close', choice: 0 },
    ];
    expect(fold(eventsOf(createStreamWriter(head, request())(parts)))[0]?.tool_calls).toMatchObject([
      { function: { arguments: '{}' } },
    ]);
  });

  // docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamMetadataEvent.html
  it('tells the tier that served and a guardrail’s trace where it finishes', () => {
    const extra = { trace: { guardrail: { actionReason: 'none' } } };
    const [event] = createStreamWriter(
      head,
      request(),
    )([{ type: 'finish', choice: 0, finish: { reason: 'stop' }, serviceTier: 'flex', extra }]);
    if (event?.type !== 'event') throw new Error('no event');
    expect(jsonOf(event.text)).toMatchObject({ choices: [{ finish_reason: 'stop' }], service_tier: 'flex', ...extra });
  });

  it('tells the usage with what the gateway adds, to those who asked for it', () => {
    const write = (includeUsage: boolean) => {
      const frames = createStreamWriter(
        { ...head, includeUsage },
        request(),
      )([{ type: 'usage', usage }, { type: 'end' }]);
      const [counted] = frames;
      if (counted?.type !== 'usage') throw new Error('no usage');
      expect(counted.usage).toEqual(usage);
      return counted.write({ cost: '0.1' });
    };
    expect(write(false)).toBeNull();
    expect(jsonOf(write(true))).toMatchObject({ choices: [], usage: { prompt_tokens: 9, cost: '0.1' } });
  });

  it('puts log probabilities beside the text that they are of', () => {
    const parts: ChatPart[] = [
      { type: 'open', choice: 0, block: { type: 'text' } },
      { type: 'delta', choice: 0, text: 'a', logprobs: { content: [] } },
    ];
    expect(eventsOf(createStreamWriter(head, request())(parts))).toMatchObject([
      { choices: [{ delta: { content: 'a' }, logprobs: { content: [] } }] },
    ]);
  });

  it('that fails ends with the failure, what was counted so far before it', () => {
    const failure = { kind: 'network' as const, status: null, code: null, message: 'm', providerRequestId: null };
    const frames = createStreamWriter(
      head,
      request(),
    )([
      { type: 'usage', usage },
      { type: 'failure', failure },
    ]);
    expect(frames.map(({ type }) => type)).toEqual(['usage', 'failure']);
  });
});
