import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Block, type ChatRequest, efforts } from '../../functions/core/chat/conversation.ts';
import { anthropicMessages } from '../../functions/dialects/anthropic-messages/door.ts';
import { anthropicMessagesUpstream } from '../../functions/dialects/anthropic-messages/upstream.ts';
import { openaiChat } from '../../functions/dialects/openai-chat/door.ts';
import { openaiChatUpstream } from '../../functions/dialects/openai-chat/upstream.ts';
import { conversations, maybe, meaning, type Sayable } from './conversations.ts';

/** As it would travel. */
const sent = (body: object) => JSON.parse(JSON.stringify(body));
const fraction = fc.integer({ min: 1, max: 9 }).map((tenths) => tenths / 10);
const wish = { effort: null, budget: null, adaptive: false, summary: null };

const chat: Sayable = {
  marks: false,
  images: ['base64', 'url'],
  imageDetail: true,
  documents: ['base64'],
  aboutDocuments: false,
  audio: true,
  refusals: true,
  order: false,
  maker: null,
  richResults: false,
  custom: false,
  choices: ['auto', 'none', 'required', 'tool'],
  format: true,
  reasoning: maybe(fc.constantFrom(...efforts).map((effort) => ({ ...wish, effort }))),
  settings: {
    temperature: fraction,
    topP: fraction,
    seed: fc.nat(99),
    maxTokens: fc.integer({ min: 1, max: 9999 }),
    choices: fc.integer({ min: 2, max: 9 }),
  },
  penalties: true,
  logprobs: true,
  userId: true,
  verbosity: true,
  tiers: ['default', 'flex', 'priority'],
};

const messages: Sayable = {
  marks: true,
  images: ['base64', 'url'],
  imageDetail: false,
  documents: ['base64', 'url', 'text'],
  aboutDocuments: true,
  audio: false,
  refusals: false,
  order: true,
  maker: 'anthropic',
  richResults: true,
  custom: false,
  choices: ['auto', 'required', 'tool'],
  format: true,
  reasoning: fc.constant(null),
  settings: {
    temperature: fraction,
    topP: fraction,
    topK: fc.nat(99),
    maxTokens: fc.integer({ min: 2000, max: 9999 }),
  },
  penalties: false,
  logprobs: false,
  userId: true,
  verbosity: false,
  tiers: [],
};

describe('a conversation that is written and read', () => {
  it('is the same in chat completions', () => {
    const traits = {
      limitField: 'max_completion_tokens' as const,
      mostTokens: null,
      efforts,
      thinksUnasked: false,
      effortBesideTools: 'any' as const,
      sampling: 'always' as const,
      verbosity: true,
      files: true,
      ownFields: true,
    };
    fc.assert(
      fc.property(conversations(chat), (request) => {
        const { body, dropped } = openaiChatUpstream.writeRequest(request, traits);
        expect(dropped).toEqual([]);
        expect(meaning(openaiChat.readRequest(sent(body)))).toEqual(meaning(request));
      }),
      { numRuns: 500 },
    );
  });

  describe('is the same in the words of Anthropic', () => {
    const host = {
      ...{ version: null, takesAddresses: true, takesUserId: true, structured: true },
      ...{ maxTokens: 16_384, noSampling: false, oneSampler: false, forcible: true, extraHigh: true },
      ...{ hidesThoughts: false, off: 'absent' as const, thinksBesideForced: false },
    };
    /** A limit is part of the format, and so is a choice where calls come one at a time. */
    const settled = (request: ChatRequest): ChatRequest => ({
      ...request,
      maxTokens: request.maxTokens ?? 5000,
      parallelToolCalls: request.toolChoice === null ? null : request.parallelToolCalls,
    });
    /** On a budget, Claude does not go on from calls that it made without a thought. */
    const thinkingBeforeCalls = (request: ChatRequest): ChatRequest => {
      const thought: Block = { type: 'reasoning', text: 'Hm', signature: { format: 'anthropic', value: 'c2ln' } };
      const turns = request.turns.map((turn) => ({
        ...turn,
        blocks: turn.blocks.some(({ type }) => type === 'tool_call') ? [thought, ...turn.blocks] : turn.blocks,
      }));
      return { ...request, turns };
    };
    const same = (says: Sayable, thinking: 'adaptive' | 'budget' | null, more = (request: ChatRequest) => request) =>
      fc.assert(
        fc.property(conversations(says), (given) => {
          const request = more(settled(given));
          const { body, dropped } = anthropicMessagesUpstream.writeRequest(request, { ...host, thinking });
          expect(dropped).toEqual([]);
          expect(meaning(anthropicMessages.readRequest(sent(body)))).toEqual(meaning(request));
        }),
        { numRuns: 300 },
      );
    /** Thinking rules out sampling and forced calls. */
    const thoughtful = { ...messages, settings: {}, choices: ['auto' as const] };

    it('without thinking', () => same(messages, null));

    it('with a wish for an effort', () => {
      const summary = maybe(fc.constantFrom('summarized', 'omitted'));
      const effort = maybe(fc.constantFrom('low', 'medium', 'high', 'xhigh', 'max' as const));
      const reasoning = fc.record({ effort, summary }).map((asked) => ({ ...wish, ...asked, adaptive: true }));
      same({ ...thoughtful, reasoning }, 'adaptive');
    });

    it('with a budget', () => {
      const reasoning = fc.integer({ min: 1024, max: 4000 }).map((budget) => ({ ...wish, budget }));
      same({ ...thoughtful, reasoning }, 'budget', thinkingBeforeCalls);
    });
  });
});
