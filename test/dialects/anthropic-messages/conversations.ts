import fc from 'fast-check';
import type { ChatAnswer, ChatPart, OpenBlock } from '../../../functions/core/chat/answer.ts';
import type { Block, Signature } from '../../../functions/core/chat/conversation.ts';
import type { JsonObject } from '../../../functions/core/json.ts';

export const head = { mintedId: '01J', created: 1, callerModel: 'vertex/gemini', includeUsage: false };

const value = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' });
const signature: fc.Arbitrary<Signature> = fc.record({
  format: fc.constantFrom('anthropic', 'google', 'openai', 'amazon', 'other'),
  value: fc.base64String({ minLength: 4 }),
});
const foreign = signature.filter(({ format }) => format !== 'anthropic');

/** Whatever an assistant may say that the format can repeat, ids of tool calls apart. */
const block: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ type: fc.constant('text' as const), text: value }),
  fc.record({ type: fc.constant('text' as const), text: fc.oneof(value, fc.constant('')), signature }),
  fc.record({
    type: fc.constant('text' as const),
    text: value,
    citations: fc.constant<{ format: string; values: JsonObject[] }>({
      format: 'anthropic',
      values: [{ type: 'char_location', cited_text: 'a' }],
    }),
  }),
  fc.record({ type: fc.constant('reasoning' as const), text: value }),
  fc.record({ type: fc.constant('reasoning' as const), text: fc.oneof(value, fc.constant('')), signature }),
  fc.record({ type: fc.constant('reasoning' as const), text: fc.constant(''), encrypted: signature }),
  fc.record({ type: fc.constant('reasoning' as const), text: value, encrypted: foreign, id: value }),
  fc.record({ type: fc.constant('reasoning' as const), text: fc.constant(''), encrypted: foreign, id: value }),
  fc.record({ type: fc.constant('reasoning' as const), text: value, encrypted: foreign, signature: foreign }),
  fc.record(
    {
      type: fc.constant('tool_call' as const),
      id: value,
      name: value,
      input: fc.dictionary(value, fc.jsonValue()).map((input) => JSON.stringify(input)),
      kind: fc.constant('function' as const),
      signature,
    },
    { requiredKeys: ['type', 'id', 'name', 'input', 'kind'] },
  ),
  fc.constant<Block>({
    type: 'opaque',
    dialect: 'anthropic-messages',
    value: { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'q' } },
  }),
  fc.constant<Block>({
    type: 'opaque',
    dialect: 'anthropic-messages',
    value: { type: 'web_search_tool_result', tool_use_id: 's', content: [] },
  }),
);

export const assistantBlocks = fc
  .array(block, { minLength: 1, maxLength: 6 })
  .map((blocks) => blocks.map((said, index) => (said.type === 'tool_call' ? { ...said, id: `call.${index}` } : said)));

/** The blocks as a provider's reader would stream them, in pieces of so many characters. */
export function partsOf(blocks: Block[], size: number): ChatPart[] {
  return blocks.flatMap((said): ChatPart[] => {
    const opened = openOf(said);
    if (opened === null) return [{ type: 'whole', choice: 0, block: said }];
    const text = said.type === 'tool_call' ? said.input : 'text' in said ? said.text : '';
    return [
      { type: 'open', choice: 0, block: opened },
      ...pieces(text, size).map((piece): ChatPart => ({ type: 'delta', choice: 0, text: piece })),
      {
        type: 'close',
        choice: 0,
        ...((said.type === 'text' || said.type === 'reasoning') && said.signature && { signature: said.signature }),
        ...(said.type === 'reasoning' && said.encrypted && { encrypted: said.encrypted }),
        ...(said.type === 'text' && said.citations && { citations: said.citations }),
      },
    ];
  });
}

function openOf(said: Block): OpenBlock | null {
  switch (said.type) {
    case 'text':
      return { type: 'text' };
    case 'reasoning':
      return { type: 'reasoning', ...(said.id !== undefined && { id: said.id }) };
    case 'tool_call': {
      const { id, name, kind, signature: signed } = said;
      return { type: 'tool_call', id, name, kind, ...(signed && { signature: signed }) };
    }
    default:
      return null;
  }
}

function pieces(text: string, size: number): string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size));
}

export function answerOf(blocks: Block[], more: Partial<ChatAnswer> = {}): ChatAnswer {
  return { choices: [{ blocks, finish: { reason: 'stop' } }], usage: null, ...more };
}
