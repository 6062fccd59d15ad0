import * as v from 'valibot';

/**
 * What the inference endpoints answer, as far as every provider's answer has it. Loose: the formats are their makers', native answers
 * hold whatever the provider adds. What Keyway itself adds to `usage` is in docs/api.md.
 */
const text = v.string();
const count = v.number();
const added = {
  byok_used: v.optional(v.boolean()),
  fallback_triggered: v.optional(v.boolean()),
  cost: v.optional(v.pipe(text, v.description('USD as a decimal, seven places: what was charged to credits'))),
};
const chatUsage = v.looseObject({
  prompt_tokens: count,
  completion_tokens: v.optional(count),
  total_tokens: count,
  ...added,
});
const doorUsage = v.looseObject({ input_tokens: count, output_tokens: count, ...added });

const ChatCompletion = v.looseObject({
  id: text,
  object: v.literal('chat.completion'),
  created: count,
  model: text,
  choices: v.array(
    v.looseObject({
      index: count,
      message: v.looseObject({ role: text, content: v.optional(v.nullable(text)) }),
      finish_reason: v.nullable(text),
    }),
  ),
  usage: v.optional(chatUsage),
});

const Completion = v.looseObject({
  id: text,
  object: v.literal('text_completion'),
  created: count,
  model: text,
  choices: v.array(v.looseObject({ index: count, text, finish_reason: v.nullable(text) })),
  usage: v.optional(chatUsage),
});

const Response = v.looseObject({
  id: text,
  object: v.literal('response'),
  model: text,
  status: text,
  output: v.array(v.looseObject({ type: text })),
  usage: v.nullish(doorUsage),
});

const Message = v.looseObject({
  id: text,
  type: v.literal('message'),
  role: v.literal('assistant'),
  model: text,
  content: v.array(v.looseObject({ type: text })),
  stop_reason: v.nullable(text),
  usage: doorUsage,
});

const TokenCount = v.looseObject({ input_tokens: count });

const EmbeddingList = v.looseObject({
  object: v.literal('list'),
  model: text,
  data: v.array(
    v.looseObject({
      object: v.literal('embedding'),
      index: count,
      embedding: v.union([v.array(v.number()), text]),
    }),
  ),
  usage: chatUsage,
});

export const completions = { ChatCompletion, Completion, Response, Message, TokenCount, EmbeddingList };
