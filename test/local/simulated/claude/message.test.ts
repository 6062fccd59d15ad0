import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../functions/core/json.ts';
import { claudeEvents } from '../../../../local/simulated/claude/events.ts';
import { claude } from '../../../../local/simulated/claude/message.ts';
import { promptTokens } from '../../../../local/simulated/claude/usage.ts';
import { object } from '../../../../local/simulated/values.ts';

const thinking = { type: 'enabled', budget_tokens: 1024 };
const tool = {
  name: 'write_file',
  input_schema: {
    type: 'object',
    properties: { path: { type: 'string' }, text: { type: 'string' } },
    required: ['path', 'text'],
  },
};
const search = { type: 'web_search_20250305', name: 'web_search' };
const asks = (content: unknown, more: JsonObject = {}): JsonObject => ({
  max_tokens: 4096,
  messages: [{ role: 'user', content }],
  ...more,
});

function answer(body: JsonObject, betas: string[] = []) {
  const result = claude(body, { model: 'claude-sonnet-4-5', road: 'vrtx', betas });
  if ('refused' in result) throw new Error(result.refused);
  const { content, stop_reason, stop_sequence, usage } = result.message;
  return {
    content: content as JsonObject[],
    stop_reason,
    stop_sequence,
    usage: usage as JsonObject,
    whole: result.message,
  };
}

function refusal(body: JsonObject): string | null {
  const result = claude(body, { model: 'claude-sonnet-4-5', road: 'vrtx', betas: [] });
  return 'refused' in result ? result.refused : null;
}

/** The next turn: what was answered, and the results of the calls in it. */
function withResults(body: JsonObject, content: JsonObject[], result: JsonObject = { content: 'ok' }): JsonObject {
  const results = content
    .filter(({ type }) => type === 'tool_use')
    .map(({ id }) => ({ type: 'tool_result', tool_use_id: id, ...result }));
  const turns = [
    { role: 'assistant', content },
    { role: 'user', content: results },
  ];
  return { ...body, messages: [...(body.messages as JsonObject[]), ...turns] };
}

describe('the simulated Claude', () => {
  it('thinks before it calls a tool, and says what the tool said', () => {
    const body = asks('write "hello" to notes.txt', { thinking, tools: [tool], system: 'Working directory: /srv/app' });
    const first = answer(body);
    expect(first).toMatchObject({
      stop_reason: 'tool_use',
      content: [
        { type: 'thinking', thinking: expect.any(String), signature: expect.any(String) },
        { type: 'tool_use', name: 'write_file', input: { path: '/srv/app/notes.txt', text: 'hello' } },
      ],
    });
    const second = withResults(body, first.content, { content: [{ type: 'text', text: 'saved' }] });
    expect(answer(second).content).toEqual([{ type: 'text', text: 'Done. The tool said: saved' }]);
    const failed = withResults(body, first.content, { content: 'no space', is_error: true });
    expect(answer(failed).content).toEqual([{ type: 'text', text: 'Done. The tool said: error: no space' }]);
  });

  it('thinks between the results of tools where thinking is interleaved or adaptive', () => {
    const body = asks('write "hello" to notes.txt', { thinking, tools: [tool] });
    const next = withResults(body, answer(body).content);
    const interleaved = answer(next, ['interleaved-thinking-2025-05-14']).content;
    expect(interleaved.map(({ type }) => type)).toEqual(['thinking', 'text']);
    const adaptive = answer({ ...next, thinking: { type: 'adaptive' } }).content;
    expect(adaptive.map(({ type }) => type)).toEqual(['thinking', 'text']);
  });

  it('takes its thinking back as it gave it, shown, omitted or redacted, and in no other form', () => {
    const redact = 'ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_46C9 then write "a" to b.txt';
    const omitted = asks('write "a" to b.txt', { thinking: { ...thinking, display: 'omitted' }, tools: [tool] });
    for (const body of [asks('write "a" to b.txt', { thinking, tools: [tool] }), omitted]) {
      const [thought, call] = answer(body).content as [JsonObject, JsonObject];
      expect(refusal(withResults(body, [thought, call]))).toBeNull();
      for (const altered of [
        { ...thought, thinking: 'other' },
        { ...thought, signature: 'bm9uZQ==' },
      ])
        expect(refusal(withResults(body, [altered, call]))).toBe(
          'messages.1.content.0: Invalid `signature` in `thinking` block',
        );
      expect(refusal(withResults(body, [call]))).toContain(
        'Expected `thinking` or `redacted_thinking`, but found `tool_use`',
      );
      expect(refusal({ ...withResults(body, [call]), thinking: undefined })).toBeNull();
    }
    const body = asks(redact, { thinking, tools: [tool] });
    const [thought, call] = answer(body).content as [JsonObject, JsonObject];
    expect(thought).toEqual({ type: 'redacted_thinking', data: expect.any(String) });
    expect(refusal(withResults(body, [thought, call]))).toBeNull();
    expect(refusal(withResults(body, [{ ...thought, data: 'b3RoZXI=' }, call]))).toBe(
      'messages.1.content.0: Invalid `data` in `redacted_thinking` block',
    );
  });

  it('searches the web where it is offered and asked for, cites what it found, and takes it back unaltered only', () => {
    const body = asks('search the web for penguins', { tools: [search] });
    const { content, usage, stop_reason } = answer(body);
    expect(content).toMatchObject([
      { type: 'server_tool_use', name: 'web_search', input: { query: 'penguins' } },
      { type: 'web_search_tool_result', tool_use_id: content[0]?.id, content: [{ type: 'web_search_result' }] },
      { type: 'text' },
      { type: 'text', citations: [{ type: 'web_search_result_location' }] },
    ]);
    expect({ usage, stop_reason }).toMatchObject({
      stop_reason: 'end_turn',
      usage: { server_tool_use: { web_search_requests: 1 } },
    });
    const next = (blocks: JsonObject[]) => ({
      ...body,
      messages: [
        ...(body.messages as JsonObject[]),
        { role: 'assistant', content: blocks },
        { role: 'user', content: 'and?' },
      ],
    });
    expect(refusal(next(content))).toBeNull();
    const altered = JSON.parse(
      JSON.stringify(content).replace(/"encrypted_content":"[^"]+"/, '"encrypted_content":"eA=="'),
    );
    expect(refusal(next(altered))).toContain('Invalid `encrypted_content` in `search_result` block');
  });

  it('pauses its turn on demand, and goes on when the turn comes back', () => {
    const body = asks('pause_turn, please', { tools: [search] });
    const { content, stop_reason } = answer(body);
    expect({ content, stop_reason }).toMatchObject({
      stop_reason: 'pause_turn',
      content: [{ type: 'server_tool_use' }],
    });
    const back = { ...body, messages: [...(body.messages as JsonObject[]), { role: 'assistant', content }] };
    expect(answer(back)).toMatchObject({ stop_reason: 'end_turn', content: [{ type: 'text' }] });
  });

  it('quotes a document whose citations are on', () => {
    const source = { type: 'text', media_type: 'text/plain', data: 'Grass is green.' };
    const document = { type: 'document', source, title: 'Colours', citations: { enabled: true } };
    expect(answer(asks([document, { type: 'text', text: 'What is green?' }])).content).toMatchObject([
      { text: 'Grass is green.', citations: [{ type: 'char_location', document_index: 0, document_title: 'Colours' }] },
    ]);
  });

  it.each<[string, JsonObject, JsonObject]>([
    [
      'at a stop sequence',
      { stop_sequences: ['four', 'three'] },
      { stop_reason: 'stop_sequence', stop_sequence: 'three' },
    ],
    ['where the tokens end', { max_tokens: 2 }, { stop_reason: 'max_tokens', content: [{ text: 'one two ' }] }],
    [
      'when all is said',
      {},
      { stop_reason: 'end_turn', stop_sequence: null, content: [{ text: 'one two three four' }] },
    ],
  ])('stops %s', (_, more, expected) => {
    expect(answer(asks('one two three four', more))).toMatchObject(expected);
  });

  it('refuses to speak on Anthropic’s own word', () => {
    expect(answer(asks('ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL_1FAE'))).toMatchObject({
      stop_reason: 'refusal',
      content: [],
    });
  });

  it('fills in a schema', () => {
    const schema = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] };
    const format = { type: 'json_schema', schema };
    expect(answer(asks('hi', { output_config: { format } })).content).toEqual([{ type: 'text', text: '{"ok":true}' }]);
  });

  it('counts what it writes to its cache, and what it reads from there', () => {
    const system = [
      { type: 'text', text: 'A long prompt that nobody else has.', cache_control: { type: 'ephemeral' } },
    ];
    const once = answer(asks('hi', { system })).usage;
    const written = Number(once.cache_creation_input_tokens);
    expect(once).toMatchObject({ cache_read_input_tokens: 0, cache_creation: { ephemeral_5m_input_tokens: written } });
    expect(written).toBeGreaterThan(0);
    const turns = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'hello' },
      { role: 'user', content: [{ type: 'text', text: 'more', cache_control: { type: 'ephemeral', ttl: '1h' } }] },
    ];
    const [cached] = system;
    const grown = answer({ max_tokens: 9, system: [{ ...cached, cache_control: undefined }], messages: turns });
    expect(grown.usage).toMatchObject({ cache_read_input_tokens: written, input_tokens: 0 });
    expect(Number((grown.usage.cache_creation as JsonObject).ephemeral_1h_input_tokens)).toBeGreaterThan(0);
    expect(answer(asks('hi')).usage).toMatchObject({ cache_read_input_tokens: 0, cache_creation_input_tokens: 0 });
    expect(promptTokens(asks('hi', { system }))).toBe(written + Number(once.input_tokens));
  });

  const used = { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'write_file', input: {} }] };
  const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_2', content: 'ok' }] };
  it.each<[string, JsonObject, string]>([
    ['no limit', { max_tokens: undefined }, 'max_tokens: Field required'],
    ['no messages', { messages: [] }, 'messages: at least one message is required'],
    ['a blank text', { messages: [{ role: 'user', content: '' }] }, 'messages: text content blocks must be non-empty'],
    [
      'a text of spaces',
      { messages: [{ role: 'user', content: ' ' }] },
      'messages: text content blocks must contain non-whitespace text',
    ],
    [
      'a budget beyond the limit',
      { max_tokens: 1024, thinking },
      '`max_tokens` must be greater than `thinking.budget_tokens`',
    ],
    ['a small budget', { thinking: { type: 'enabled', budget_tokens: 5 } }, 'greater than or equal to 1024'],
    [
      'thinking with a forced tool',
      { thinking, tools: [tool], tool_choice: { type: 'any' } },
      'Thinking may not be enabled when tool_choice forces tool use.',
    ],
    [
      'thinking at a temperature',
      { thinking, temperature: 0.5 },
      '`temperature` may only be set to 1 when thinking is enabled',
    ],
    [
      'a tool that is not offered',
      { tools: [tool], tool_choice: { type: 'tool', name: 'x' } },
      "Tool 'x' not found in provided tools",
    ],
    ['two tools of a name', { tools: [tool, tool] }, 'tools: Tool names must be unique.'],
    [
      'calls without results',
      { messages: [{ role: 'user', content: 'hi' }, used, { role: 'user', content: 'and?' }] },
      'messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1.',
    ],
    [
      'results without calls',
      { messages: [{ role: 'user', content: 'hi' }, result] },
      'messages.1.content.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_2.',
    ],
    [
      'more than four marks for the cache',
      {
        messages: [
          {
            role: 'user',
            content: 'abcde'.split('').map((text) => ({ type: 'text', text, cache_control: { type: 'ephemeral' } })),
          },
        ],
      },
      'A maximum of 4 blocks with cache_control may be provided. Found 5.',
    ],
  ])('refuses %s', (_, more, message) => {
    expect(refusal(asks('hi', more))).toContain(message);
  });

  it.each([
    asks('write "hello there" to notes.txt', { thinking, tools: [tool] }),
    asks('search the web for penguins', { tools: [search] }),
    asks('ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING hello', { thinking }),
  ])('streams the same message: %#', (body) => {
    const { whole } = answer(body);
    const events = claudeEvents(whole);
    expect(events[0]).toMatchObject({ type: 'message_start', message: { content: [], stop_reason: null } });
    expect(events.at(-1)).toEqual({ type: 'message_stop' });
    expect(folded(events)).toEqual(whole.content);
    expect(events.at(-2)).toMatchObject({ delta: { stop_reason: whole.stop_reason }, usage: whole.usage });
  });
});

/** The blocks that the events of a stream add up to. */
function folded(events: JsonObject[]): JsonObject[] {
  const blocks: JsonObject[] = [];
  const inputs: string[] = [];
  for (const { type, index, content_block, delta } of events) {
    const i = Number(index);
    if (type === 'content_block_start') blocks[i] = { ...object(content_block) };
    if (type !== 'content_block_delta') continue;
    const { type: kind, ...change } = object(delta);
    const block = blocks[i] ?? {};
    if (kind === 'text_delta') block.text = `${block.text}${change.text}`;
    if (kind === 'thinking_delta') block.thinking = `${block.thinking}${change.thinking}`;
    if (kind === 'signature_delta') block.signature = change.signature;
    if (kind === 'citations_delta') block.citations = [...(block.citations as JsonObject[]), change.citation];
    if (kind !== 'input_json_delta') continue;
    inputs[i] = `${inputs[i] ?? ''}${change.partial_json}`;
    if (inputs[i] !== '') block.input = inputs[i];
  }
  return blocks.map((block) =>
    typeof block.input === 'string' ? { ...block, input: JSON.parse(block.input) } : block,
  );
}
