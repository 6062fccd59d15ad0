import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerChoice, ChatAnswer, ChatPart } from '../../functions/core/chat/answer.ts';
import type { Door } from '../../functions/core/chat/dialect.ts';
import type { Frame } from '../../functions/core/chat/frame.ts';
import { isObject, type JsonObject } from '../../functions/core/json.ts';
import { anthropicMessages } from '../../functions/dialects/anthropic-messages/door.ts';
import { openaiChat } from '../../functions/dialects/openai-chat/door.ts';
import { openaiCompletions } from '../../functions/dialects/openai-completions/door.ts';
import { openaiResponses } from '../../functions/dialects/openai-responses/door.ts';
import { assistantBlocks, partsOf } from './anthropic-messages/conversations.ts';
import { foldEvents, eventsOf as messageEvents } from './anthropic-messages/fold-events.ts';
import { chatRequest } from './chat-request.ts';
import { eventsOf as chunksOf, fold, jsonOf } from './openai-chat/samples.ts';
import { eventsOf as responseEvents } from './openai-responses/conversations.ts';

const head = { mintedId: '01KB0000000000000000000000', created: 42, callerModel: 'm', includeUsage: true };
const request = chatRequest({ stop: ['END', 'STOP'] });

const finish = fc.oneof(
  fc.record({ reason: fc.constantFrom('stop', 'length', 'tool_calls', 'content_filter', 'pause', 'context' as const) }),
  fc.record({ reason: fc.constant('stop_sequence' as const), sequence: fc.constantFrom('END', 'STOP') }),
);
const count = fc.nat(1000);
const usage = fc
  .record({ rest: count, completion: count, cached: count, cacheWrite: count, reasoning: count })
  .map(({ rest, ...counts }) => ({
    ...counts,
    prompt: rest + counts.cached + counts.cacheWrite,
    audioIn: 0,
    audioOut: 0,
  }));
const top = fc.record(
  { serviceTier: fc.constantFrom('default', 'priority'), extra: fc.constant({ trace: { guardrail: 1 } }) },
  { requiredKeys: [] },
);

function answers(mostChoices: number): fc.Arbitrary<ChatAnswer> {
  const choice: fc.Arbitrary<AnswerChoice> = fc.record({ blocks: assistantBlocks, finish });
  return fc
    .tuple(fc.array(choice, { minLength: 1, maxLength: mostChoices }), usage, top)
    .map(([choices, counted, more]) => ({ choices, usage: counted, ...more }));
}

/** The parts that the answer amounts to, choice after choice. */
function partsOfAnswer({ choices, usage: counted, ...more }: ChatAnswer, size: number): ChatPart[] {
  return [
    ...choices.flatMap(({ blocks }, choice) => partsOf(blocks, size).map((part) => ({ ...part, choice }) as ChatPart)),
    ...choices.map((each, choice): ChatPart => ({ type: 'finish', choice, finish: each.finish, ...more })),
    ...(counted ? [{ type: 'usage' as const, usage: counted }] : []),
    { type: 'end' },
  ];
}

/** How a client of the format puts the events together, and what it then has of a whole answer. */
interface Client {
  door: Door;
  mostChoices: number;
  fold(frames: Frame[]): unknown;
  /** The whole answer, without what its stream says in other words. */
  whole(body: JsonObject): unknown;
}

const choicesOf = (body: JsonObject) => body.choices as (JsonObject & { message?: JsonObject; text?: string })[];
const usageOf = (frames: Frame[]) => {
  const counted = frames.find((frame) => frame.type === 'usage' && frame.write({}) !== null);
  return counted?.type === 'usage' ? jsonOf(counted.write({})).usage : undefined;
};
const { chat, completions, messages, responses }: Record<string, Client> = {
  chat: {
    door: openaiChat,
    mostChoices: 3,
    fold(frames) {
      const chunks = chunksOf(frames);
      const last = chunks.findLast(({ choices }) => (choices as JsonObject[])[0]?.finish_reason != null) ?? {};
      const { choices: _choices, object: _object, ...fields } = last;
      const reasons = chunks.flatMap(({ choices }) =>
        (choices as JsonObject[]).flatMap(({ index, finish_reason: reason }) => (reason ? [[index, reason]] : [])),
      );
      // Nothing said is told as null or as an empty text.
      const said = fold(chunks).map(({ content, refusal, ...rest }) => [content || null, refusal || null, rest]);
      return { fields, reasons, said, usage: usageOf(frames) };
    },
    whole(body) {
      const { choices: _choices, object: _object, usage: counted, ...fields } = body;
      const reasons = choicesOf(body).map(({ index, finish_reason: reason }) => [index, reason]);
      const said = choicesOf(body).map(({ message = {} }) => {
        const { content, refusal, ...rest } = message;
        return [content || null, refusal || null, rest];
      });
      return { fields, reasons, said, usage: counted };
    },
  },
  completions: {
    door: openaiCompletions,
    mostChoices: 3,
    fold(frames) {
      const texts: string[] = [];
      const reasons: unknown[] = [];
      for (const chunk of chunksOf(frames))
        for (const { index, text, finish_reason: reason } of choicesOf(chunk)) {
          texts[Number(index)] = (texts[Number(index)] ?? '') + text;
          reasons[Number(index)] = reason;
        }
      return { texts, reasons, usage: usageOf(frames) };
    },
    whole: (body) => ({
      texts: choicesOf(body).map(({ text }) => text),
      reasons: choicesOf(body).map(({ finish_reason: reason }) => reason),
      usage: body.usage,
    }),
  },
  messages: {
    door: anthropicMessages,
    mostChoices: 1,
    fold(frames) {
      const events = messageEvents(frames);
      const {
        type: _type,
        delta: _delta,
        usage: _usage,
        ...extra
      } = events.find(({ type }) => type === 'message_delta') ?? {};
      return { ...extra, ...foldEvents(events) };
    },
    whole: (body) => body,
  },
  responses: {
    door: openaiResponses,
    mostChoices: 1,
    fold: (frames) => responseEvents(frames).at(-1)?.response,
    whole: (body) => body,
  },
};

describe.each(Object.entries({ chat, completions, messages, responses }))('through the door of %s', (_name, client) => {
  it('a streamed answer amounts to the whole one, down to its end, its counts and what stands at its top', () => {
    const { door, mostChoices, fold: put, whole } = client as Client;
    const size = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(answers(mostChoices), size, size, (answer, piece, batch) => {
        const write = door.createStreamWriter(head, request);
        const parts = partsOfAnswer(answer, piece);
        const frames = Array.from({ length: Math.ceil(parts.length / batch) }, (_, i) =>
          write(parts.slice(i * batch, (i + 1) * batch)),
        ).flat();
        const { body, usage: counted } = door.writeAnswer(answer, head, request);
        expect(put(frames)).toEqual(whole(JSON.parse(JSON.stringify(body))));
        expect(frames.findLast((frame) => frame.type === 'usage')).toMatchObject({ usage: counted });
        expect(isObject(body)).toBe(true);
      }),
      { numRuns: 250 },
    );
  });
});
