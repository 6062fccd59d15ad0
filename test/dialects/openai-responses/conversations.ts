import fc from 'fast-check';
import type { ChatPart, OpenBlock } from '../../../functions/core/chat/answer.ts';
import type { Block, ChatRequest, Signature } from '../../../functions/core/chat/conversation.ts';
import type { AnswerHead } from '../../../functions/core/chat/dialect.ts';
import type { Frame } from '../../../functions/core/chat/frame.ts';
import type { TokenUsage } from '../../../functions/core/chat/usage.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import { readRequest } from '../../../functions/dialects/openai-responses/read-request.ts';

export const head: AnswerHead = {
  mintedId: '01JZ0000000000000000000000',
  created: 1_764_000_000,
  callerModel: 'bedrock/some-model',
  includeUsage: false,
};

export const usage: TokenUsage = {
  prompt: 11,
  completion: 7,
  cached: 4,
  cacheWrite: 0,
  reasoning: 3,
  audioIn: 0,
  audioOut: 0,
};

export function request(more: JsonObject = {}): ChatRequest {
  return readRequest({ model: head.callerModel, input: 'hello', ...more });
}

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const signature: fc.Arbitrary<Signature> = fc.record({
  format: fc.constantFrom('anthropic', 'google', 'openai', 'amazon', 'other'),
  value: fc.oneof(fc.base64String({ minLength: 4 }), text, fc.constant('kw1.e30')),
});
const maybe = <Value>(name: string, value: fc.Arbitrary<Value>) =>
  fc.oneof(
    fc.constant({}),
    value.map((one) => ({ [name]: one })),
  );
const object = fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
const cited = object.map((one) => ({ format: 'openai-responses', values: [{ type: 'url_citation', ...one }] }));

function joined(...parts: fc.Arbitrary<object>[]): fc.Arbitrary<Block> {
  return fc.tuple(...parts).map((all) => Object.assign({}, ...all) as Block);
}

const block: fc.Arbitrary<Block> = fc.oneof(
  joined(fc.record({ type: fc.constant('text'), text }), maybe('signature', signature), maybe('citations', cited)),
  joined(fc.record({ type: fc.constant('text'), text: fc.constant(''), signature })),
  joined(fc.record({ type: fc.constant('refusal'), text })),
  joined(
    fc.record({ type: fc.constant('reasoning'), text: fc.oneof(fc.constant(''), text) }),
    maybe('signature', signature),
    maybe('encrypted', signature),
    maybe('id', text),
  ),
  joined(
    fc.record({
      type: fc.constant('tool_call'),
      id: text,
      name: text,
      kind: fc.constant('function'),
      input: object.map((one) => JSON.stringify(one)),
    }),
    maybe('signature', signature),
  ),
  joined(
    fc.record({
      type: fc.constant('tool_call'),
      id: text,
      name: text,
      kind: fc.constant('custom'),
      input: fc.oneof(fc.constant(''), text),
    }),
    maybe('signature', signature),
  ),
);

/** What a model of any maker may say. */
export const answers: fc.Arbitrary<Block[]> = fc.array(block, { maxLength: 8 });

/** The parts of an answer, its texts cut as `cuts` says. */
export function partsOf(blocks: Block[], cuts: number[] = [3]): ChatPart[] {
  const parts: ChatPart[] = [];
  let cut = 0;
  for (const one of blocks) {
    const opened = open(one);
    if (opened === null) {
      parts.push({ type: 'whole', choice: 0, block: one });
      continue;
    }
    parts.push({ type: 'open', choice: 0, block: opened.block });
    for (let rest = opened.text; rest !== ''; ) {
      const size = Math.max(1, cuts[cut++ % cuts.length] ?? 1);
      parts.push({ type: 'delta', choice: 0, text: rest.slice(0, size) });
      rest = rest.slice(size);
    }
    parts.push({ type: 'close', choice: 0, ...opened.close });
  }
  return parts;
}

function open(one: Block): { block: OpenBlock; text: string; close: object } | null {
  if (one.type === 'tool_call') {
    const { input, at: _at, cache: _cache, ...rest } = one;
    return { block: rest, text: input, close: {} };
  }
  if (one.type === 'text') {
    const { type, text: said, ...close } = one;
    return { block: { type }, text: said, close };
  }
  if (one.type === 'reasoning') {
    const { type, text: thought, id, ...close } = one;
    return { block: { type, ...(id !== undefined && { id }) }, text: thought, close };
  }
  return one.type === 'refusal' ? { block: { type: one.type }, text: one.text, close: {} } : null;
}

/** What the frames say, with the last event. */
export function eventsText(frames: Frame[], extras: JsonObject = {}): string {
  return frames
    .map((frame) => {
      if (frame.type === 'event' || frame.type === 'end') return frame.text;
      return frame.type === 'usage' ? (frame.write(extras) ?? '') : '';
    })
    .join('');
}

export function eventsOf(frames: Frame[], extras?: JsonObject): (JsonObject & { type: string })[] {
  return eventsText(frames, extras)
    .split('\n\n')
    .filter((one) => one !== '')
    .map((one) => {
      const [name = '', data = '', ...more] = one.split('\n');
      const event = JSON.parse(data.slice('data: '.length));
      if (more.length > 0 || name !== `event: ${event.type}`) throw new Error(`not an event: ${one}`);
      return event;
    });
}
