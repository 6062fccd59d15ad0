import fc from 'fast-check';
import type {
  Block,
  ChatRequest,
  ReasoningWish,
  Signature,
  Source,
  Tool,
  ToolChoice,
  Turn,
} from '../../functions/core/chat/conversation.ts';

/** What a wire format has words for, among what a conversation may hold. */
export interface Sayable {
  /** Marks for prompt caching. */
  marks: boolean;
  images: Source['type'][];
  imageDetail: boolean;
  documents: Source['type'][];
  /** Titles, contexts, wishes for citations. */
  aboutDocuments: boolean;
  audio: boolean;
  refusals: boolean;
  /** Whether an assistant's texts are parted, and stand between its calls. */
  order: boolean;
  /** Whose citations and signed thoughts. */
  maker: Signature['format'] | null;
  /** Whether results hold more than one text, and say that they failed. */
  richResults: boolean;
  custom: boolean;
  choices: ToolChoice['type'][];
  format: boolean;
  reasoning: fc.Arbitrary<ReasoningWish | null>;
  settings: { [Name in 'temperature' | 'topP' | 'topK' | 'seed' | 'maxTokens' | 'choices']?: fc.Arbitrary<number> };
  penalties: boolean;
  logprobs: boolean;
  userId: boolean;
  verbosity: boolean;
  tiers: string[];
}

type Mark = { ttl: string | null };
type Fields = Record<string, fc.Arbitrary<unknown>>;
const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((text) => text.trim() !== '');
const id = fc.string({ unit: fc.constantFrom(...'abcXYZ019_-'), minLength: 1, maxLength: 12 });
const base64 = fc.base64String({ minLength: 4, maxLength: 16 });
const jsonObject = fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
export const maybe = <Value>(one: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => fc.option(one);

/** The fields that came up, of those that may be absent. */
function some(fields: Fields): fc.Arbitrary<object> {
  return fc.record(fields, { requiredKeys: [] });
}

function block(type: Block['type'], ...parts: fc.Arbitrary<object>[]): fc.Arbitrary<Block> {
  return fc.tuple(...parts).map((all) => Object.assign({ type }, ...all) as Block);
}

function sources(types: Source['type'][], mediaTypes: string[], ending: string): fc.Arbitrary<Source> {
  const all: Record<Source['type'], fc.Arbitrary<Source>> = {
    base64: fc.record({ type: fc.constant('base64'), mediaType: fc.constantFrom(...mediaTypes), data: base64 }),
    url: id.map((name) => ({ type: 'url', url: `https://example.com/${name}${ending}` })),
    text: value.map((text) => ({ type: 'text', text })),
    stored: id.map((name) => ({ type: 'stored', id: `file-${name}` })),
  };
  return fc.oneof(...types.map((type) => all[type]));
}

/** What users and tools say: text and media. */
function prose(says: Sayable, inResult: boolean): fc.Arbitrary<Block> {
  const mark: Fields = says.marks ? { cache: fc.record({ ttl: fc.constantFrom<Mark['ttl']>(null, '5m', '1h') }) } : {};
  const text = block('text', fc.record({ text: value }), some(mark));
  if (inResult && !says.richResults) return text;
  const about: Fields = says.aboutDocuments ? { name: value, context: value, citations: fc.boolean() } : {};
  return fc.oneof(
    text,
    ...(says.images.length === 0
      ? []
      : [
          block(
            'image',
            fc.record({ source: sources(says.images, ['image/png', 'image/jpeg'], '.png') }),
            some({ ...mark, ...(says.imageDetail && { detail: fc.constantFrom('low', 'high') }) }),
          ),
        ]),
    ...(says.documents.length === 0
      ? []
      : [
          block(
            'document',
            fc.record({
              source: sources(says.documents, ['application/pdf'], '.pdf'),
              ...(!says.aboutDocuments && { name: id.map((name) => `${name}.pdf`) }),
            }),
            some({ ...mark, ...about }),
          ),
        ]),
    ...(says.audio && !inResult
      ? [
          block(
            'audio',
            fc.record({
              source: fc.record({ type: fc.constant('base64'), mediaType: fc.constant(''), data: base64 }),
              format: fc.constantFrom('wav', 'mp3'),
            }),
          ),
        ]
      : []),
  );
}

function thoughts({ maker }: Sayable): fc.Arbitrary<Block>[] {
  if (maker === null) return [];
  const signature = fc.record({ format: fc.constant(maker), value: base64 });
  return [
    block('reasoning', fc.record({ text: value, signature })),
    block('reasoning', fc.record({ text: fc.constant(''), encrypted: signature })),
  ];
}

const names = ['get_weather', 'search', 'f'];

function call(says: Sayable, callId: string): fc.Arbitrary<Block> {
  const known = fc.record({ id: fc.constant(callId), name: fc.constantFrom(...names) });
  const asked = fc.record({ kind: fc.constant('function'), input: jsonObject.map((input) => JSON.stringify(input)) });
  const free = fc.record({ kind: fc.constant('custom'), input: value });
  return block('tool_call', known, says.custom ? fc.oneof(asked, free) : asked);
}

/** The assistant's turn, and the results of its calls at the beginning of the next one. */
function exchange(says: Sayable, number: number, mostCalls: number): fc.Arbitrary<[Turn, Turn]> {
  const text = block(
    'text',
    fc.record({ text: value }),
    says.maker === 'anthropic'
      ? some({
          citations: fc.constant({ format: 'anthropic', values: [{ type: 'char_location', cited_text: 'a' }] }),
        })
      : fc.constant({}),
  );
  const spoken = says.refusals ? fc.oneof(text, block('refusal', fc.record({ text: value }))) : text;
  return fc.nat(mostCalls).chain((calls) => {
    const ids = Array.from({ length: calls }, (_, i) => `call_${number}_${i}`);
    const calling = fc.tuple(...ids.map((each) => call(says, each)));
    const blocks = says.order
      ? fc
          .tuple(
            fc.array(fc.oneof(text, ...thoughts(says)), { maxLength: 3 }),
            calling,
            fc.array(text, { maxLength: 1 }),
          )
          .map((parts) => parts.flat())
          .filter((all) => all.length > 0)
      : fc
          .tuple(calls > 0 ? maybe(spoken) : spoken, calling)
          .map(([first, all]) => [...(first ? [first] : []), ...all]);
    const results = fc.tuple(
      ...ids.map((callId) =>
        block(
          'tool_result',
          fc.record({
            callId: fc.constant(callId),
            blocks: fc.array(prose(says, true), { minLength: 1, maxLength: says.richResults ? 3 : 1 }),
          }),
          says.richResults ? some({ isError: fc.constant(true) }) : fc.constant({}),
        ),
      ),
    );
    const next = fc.array(prose(says, false), { minLength: 1, maxLength: 3 });
    return fc
      .tuple(blocks, results, next)
      .map(([said, told, asked]): [Turn, Turn] => [turn('assistant', said), turn('user', [...told, ...asked])]);
  });
}

function turn(role: Turn['role'], blocks: Block[]): Turn {
  return { role, blocks, at: 'messages.0' };
}

function turns(says: Sayable, mostCalls: number): fc.Arbitrary<Turn[]> {
  const mark: Fields = says.marks ? { cache: fc.record({ ttl: fc.constantFrom<Mark['ttl']>(null, '1h') }) } : {};
  const system = fc.array(block('text', fc.record({ text: value }), some(mark)), { minLength: 1, maxLength: 2 });
  return fc
    .tuple(
      maybe(system),
      fc.array(prose(says, false), { minLength: 1, maxLength: 3 }),
      fc.nat(2).chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => exchange(says, i, mostCalls)))),
    )
    .map(([told, asked, rest]) => [...(told ? [turn('system', told)] : []), turn('user', asked), ...rest.flat()]);
}

const schema = fc
  .dictionary(id, fc.constantFrom({ type: 'string' }, { type: 'integer' }), { minKeys: 1, maxKeys: 3 })
  .map((properties) => ({ type: 'object', properties, additionalProperties: false }));

function tools(says: Sayable): fc.Arbitrary<Tool[]> {
  const mark: Fields = says.marks ? { cache: fc.constant<Mark>({ ttl: null }) } : {};
  const one = (name: string): fc.Arbitrary<Tool> =>
    fc
      .tuple(fc.record({ description: maybe(value), parameters: schema }), some(mark))
      .map(([known, marked]) => ({ type: 'function' as const, name, ...known, strict: null, ...marked }));
  return fc.subarray(names).chain((chosen) => fc.tuple(...chosen.map(one)));
}

function choice(says: Sayable, offered: Tool[]): fc.Arbitrary<ToolChoice | null> {
  const [first] = offered;
  if (first === undefined) return fc.constant(null);
  return fc.constantFrom<(ToolChoice | null)[]>(
    null,
    ...says.choices.flatMap((type): ToolChoice[] => {
      if (type === 'tool') return [{ type, name: first.name }];
      return type === 'allowed' ? [{ type, mode: 'auto', names: [first.name] }] : [{ type }];
    }),
  );
}

/** Conversations of all kinds that a format can say. */
export function conversations(says: Sayable): fc.Arbitrary<ChatRequest> {
  const number = (name: keyof Sayable['settings']) => {
    const one = says.settings[name];
    return one === undefined ? fc.constant(null) : maybe(one);
  };
  const penalty = says.penalties ? maybe(fc.constantFrom(-1.5, 0.5, 2)) : fc.constant(null);
  const only = <Value>(sayable: boolean, one: fc.Arbitrary<Value>) => (sayable ? maybe(one) : fc.constant(null));
  return tools(says).chain((offered) =>
    fc.record({
      // Formats want the tools of the history declared.
      turns: turns(says, offered.length > 0 ? 2 : 0),
      tools: fc.constant(offered),
      toolChoice: choice(says, offered),
      parallelToolCalls: offered.length > 0 ? maybe(fc.constant(false)) : fc.constant(null),
      format: only(
        says.format,
        schema.map((given) => ({
          type: 'schema' as const,
          name: 'answer',
          description: null,
          schema: given,
          strict: null,
        })),
      ),
      reasoning: says.reasoning,
      maxTokens: number('maxTokens'),
      temperature: number('temperature'),
      topP: number('topP'),
      topK: number('topK'),
      seed: number('seed'),
      presencePenalty: penalty,
      frequencyPenalty: penalty,
      stop: fc.array(value, { maxLength: 4 }),
      choices: number('choices'),
      logprobs: only(says.logprobs, fc.record({ top: maybe(fc.integer({ min: 1, max: 20 })) })),
      userId: only(says.userId, id),
      serviceTier: only(
        says.tiers.length > 0,
        fc.constantFrom('', ...says.tiers).filter((tier) => tier !== ''),
      ),
      verbosity: only(says.verbosity, fc.constantFrom('low', 'high')),
      extra: fc.constant({}),
      names: fc.constant({}),
    }),
  );
}

/** What a conversation says, without where each part stood and what it was called: neighbours of one role are one turn. */
export function meaning({ turns: all, names: _names, ...settings }: ChatRequest): object {
  const joined: { role: Turn['role']; blocks: object[] }[] = [];
  for (const { role, blocks } of all) {
    const last = joined.at(-1);
    const bare = blocks.map(withoutPlaces);
    if (last?.role === role) last.blocks.push(...bare);
    else joined.push({ role, blocks: bare });
  }
  return { ...settings, tools: settings.tools.map(({ at: _at, ...tool }) => tool), turns: joined };
}

function withoutPlaces({ at: _at, ...one }: Block): object {
  if (one.type === 'tool_result') return { ...one, blocks: one.blocks.map(withoutPlaces) };
  return one.type === 'tool_call' && one.kind === 'function' ? { ...one, input: JSON.parse(one.input) } : one;
}
