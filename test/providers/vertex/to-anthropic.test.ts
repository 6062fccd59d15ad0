import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../functions/core/chat/refusal.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import { toAnthropic } from '../../../functions/providers/vertex/to-anthropic.ts';

const user = { role: 'user', content: 'hi' };
const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather',
    parameters: { properties: { city: { type: 'string' } } },
  },
};
const modern = 'claude-sonnet-4-5@20250929';

function translate(body: JsonObject, model = modern) {
  return toAnthropic({ messages: [user], ...body }, model, false);
}

function refusedParam(body: JsonObject): string {
  try {
    translate(body);
  } catch (error) {
    if (error instanceof Refusal) return error.param;
    throw error;
  }
  throw new Error('The request was accepted.');
}

const call = (id: string, args = '{}') => ({
  id,
  type: 'function',
  function: { name: 'get_weather', arguments: args },
});

describe('a request to Claude', () => {
  it('carries the version instead of the model, and a limit always', () => {
    expect(translate({})).toEqual({
      droppedParams: [],
      body: {
        anthropic_version: 'vertex-2023-10-16',
        max_tokens: 16_384,
        messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
      },
    });
    expect(translate({}, 'claude-3-haiku@20240307').body.max_tokens).toBe(4096);
    expect(translate({}, 'claude-3-5-sonnet-v2@20241022').body.max_tokens).toBe(8192);
    expect(translate({ max_tokens: 5, max_completion_tokens: 7 }).body.max_tokens).toBe(7);
    expect(toAnthropic({ messages: [user] }, modern, true).body.stream).toBe(true);
  });

  it('hoists instructions, keeps marks for caching, and merges the results of one turn before other text', () => {
    const mark = { cache_control: { type: 'ephemeral' } };
    const messages = [
      { role: 'system', content: [{ type: 'text', text: 'be brief', ...mark }] },
      user,
      { role: 'assistant', content: 'wait', tool_calls: [call('a', '{"city":"Rome"}'), call('b:2', '')] },
      { role: 'tool', tool_call_id: 'a', content: '21' },
      { role: 'tool', tool_call_id: 'b:2', content: '' },
      { role: 'user', content: 'and?' },
      { role: 'assistant', content: 'It is \n' },
    ];
    const { body } = translate({ messages, tools: [{ ...weather, ...mark }] });
    expect(body.system).toEqual([{ type: 'text', text: 'be brief', ...mark }]);
    expect(body.tools).toEqual([
      {
        name: 'get_weather',
        description: 'The weather',
        input_schema: { type: 'object', properties: { city: { type: 'string' } } },
        ...mark,
      },
    ]);
    expect(body.messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'hi' }] },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'wait' },
          { type: 'tool_use', id: 'a', name: 'get_weather', input: { city: 'Rome' } },
          { type: 'tool_use', id: 'b_2', name: 'get_weather', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: '21' }] },
          { type: 'tool_result', tool_use_id: 'b_2' },
          { type: 'text', text: 'and?' },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'It is' }] },
    ]);
  });

  it.each<[string, JsonObject, JsonObject]>([
    [
      'an image',
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
    ],
    [
      'a PDF',
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
      { type: 'document', title: 'a.pdf', source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' } },
    ],
    [
      'plain text',
      { type: 'file', file: { file_data: 'data:text/plain;base64,aGk=' } },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'hi' } },
    ],
  ])('carries %s', (_name, part, block) => {
    expect(translate({ messages: [{ role: 'user', content: [part] }] }).body.messages).toEqual([
      { role: 'user', content: [block] },
    ]);
  });

  it.each<[string, JsonObject, unknown]>([
    ['nothing said', {}, undefined],
    ['auto', { tool_choice: 'auto' }, { type: 'auto' }],
    ['none', { tool_choice: 'none', parallel_tool_calls: false }, { type: 'none' }],
    ['required', { tool_choice: 'required' }, { type: 'any' }],
    [
      'by name, one at a time',
      { tool_choice: { type: 'function', function: { name: 'get_weather' } }, parallel_tool_calls: false },
      { type: 'tool', name: 'get_weather', disable_parallel_tool_use: true },
    ],
    ['one at a time', { parallel_tool_calls: false }, { type: 'auto', disable_parallel_tool_use: true }],
  ])('chooses tools: %s', (_name, body, choice) => {
    expect(translate({ tools: [weather], ...body }).body.tool_choice).toEqual(choice);
  });

  it('keeps a refusal of an earlier turn as its text', () => {
    const { body } = translate({ messages: [user, { role: 'assistant', content: null, refusal: 'I cannot.' }, user] });
    expect(body.messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: [{ type: 'text', text: 'I cannot.' }] },
      { role: 'user' },
    ]);
  });

  it('takes log probabilities that are not asked for as nothing, and image types in any case', () => {
    expect(translate({ logprobs: false, top_logprobs: 0 }).droppedParams).toEqual([]);
    const { body } = translate({
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:Image/PNG;Base64,AAAA' } }] }],
    });
    expect(body.messages).toMatchObject([
      { content: [{ source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }] },
    ]);
  });

  it('declares the tools of its history when none are offered', () => {
    const { body } = translate({
      messages: [
        user,
        { role: 'assistant', tool_calls: [call('a')] },
        { role: 'tool', tool_call_id: 'a', content: 'x' },
      ],
    });
    expect(body).toMatchObject({
      tools: [{ name: 'get_weather', input_schema: { type: 'object' } }],
      tool_choice: { type: 'none' },
    });
  });

  it('asks for a structured answer by a forced tool, for any JSON in words', () => {
    const format = {
      type: 'json_schema',
      json_schema: { name: 'n', schema: { properties: { a: { type: 'string' } } } },
    };
    const forced = translate({ response_format: format });
    expect(forced).toMatchObject({
      answerTool: 'json',
      body: {
        tools: [{ name: 'json', input_schema: { type: 'object', properties: { a: { type: 'string' } } } }],
        tool_choice: { type: 'tool', name: 'json' },
      },
    });
    expect(translate({ response_format: format, tools: [weather] }).body.tool_choice).toEqual({ type: 'any' });
    expect(translate({ response_format: format }, 'claude-opus-5-5')).toMatchObject({
      answerTool: 'json',
      body: { tool_choice: { type: 'auto' }, system: [{ text: expect.stringContaining('tool json') }] },
    });
    expect(JSON.stringify(translate({ response_format: { type: 'json_object' } }).body.system)).toContain(
      'one JSON object',
    );
  });

  it.each<[string, JsonObject, JsonObject, string[]]>([
    ['claude-3-5-haiku@20241022', { temperature: 1.5, top_p: 0.5 }, { temperature: 1, top_p: 0.5 }, []],
    [modern, { temperature: 0.5, top_p: 0.5 }, { temperature: 0.5 }, ['top_p']],
    [modern, { top_p: 0.5, top_k: 3, stop: ['END', ' '] }, { top_p: 0.5, top_k: 3, stop_sequences: ['END'] }, ['stop']],
    ['claude-opus-4-7', { temperature: 0.5, top_k: 3 }, {}, ['temperature', 'top_k']],
    ['claude-opus-4@20250514', { temperature: 0.5 }, { temperature: 0.5 }, []],
    [modern, { seed: 1, user: 'u', presence_penalty: 1 }, {}, ['presence_penalty', 'seed', 'user']],
  ])('of %s with %j keeps to what it takes', (model, settings, sent, dropped) => {
    const {
      anthropic_version: _version,
      messages: _messages,
      max_tokens: _limit,
      ...rest
    } = translate(settings, model).body;
    expect(rest).toEqual(sent);
    expect(translate(settings, model).droppedParams).toEqual(dropped);
  });

  it('thinks by budget or by effort, within its limit, and then without sampling', () => {
    expect(translate({ reasoning_effort: 'medium', temperature: 0.5 })).toMatchObject({
      droppedParams: ['temperature'],
      body: { max_tokens: 24_576, thinking: { type: 'enabled', budget_tokens: 8192 } },
    });
    expect(translate({ reasoning_effort: 'high', max_tokens: 3000 }).body.thinking).toEqual({
      type: 'enabled',
      budget_tokens: 2999,
    });
    expect(translate({ reasoning_effort: 'high', max_tokens: 500 })).toMatchObject({
      droppedParams: ['reasoning_effort'],
    });
    expect(translate({ reasoning_effort: 'high' }, 'claude-opus-4-6').body).toMatchObject({
      thinking: { type: 'adaptive' },
      output_config: { effort: 'high' },
    });
    expect(translate({ reasoning_effort: 'high' }, 'claude-3-haiku@20240307').droppedParams).toEqual([
      'reasoning_effort',
    ]);
    expect(translate({ reasoning_effort: 'none' })).toEqual(translate({}));
  });

  it('does not think where Anthropic would refuse it: a forced call, a turn whose thinking is lost', () => {
    expect(translate({ reasoning_effort: 'low', tools: [weather], tool_choice: 'required' }).droppedParams).toEqual([
      'reasoning_effort',
    ]);
    const turn = (more: JsonObject) => ({
      messages: [
        user,
        { role: 'assistant', tool_calls: [call('a')], ...more },
        { role: 'tool', tool_call_id: 'a', content: 'x' },
      ],
      tools: [weather],
      reasoning_effort: 'low',
    });
    expect(translate(turn({})).droppedParams).toEqual(['reasoning_effort']);
    const kept = translate(
      turn({
        reasoning_details: [
          { type: 'reasoning.text', text: 'hm', signature: 's==', format: 'anthropic-claude-v1' },
          { type: 'reasoning.encrypted', data: 'd' },
          { type: 'reasoning.text', text: 'unsigned' },
          { type: 'reasoning.text', text: 'x', signature: 's', format: 'other' },
        ],
      }),
    );
    expect(kept.droppedParams).toEqual([]);
    expect(kept.body.messages).toMatchObject([
      {},
      {
        content: [
          { type: 'thinking', thinking: 'hm', signature: 's==' },
          { type: 'redacted_thinking', data: 'd' },
          { type: 'tool_use' },
        ],
      },
      {},
    ]);
  });

  it.each<[string, JsonObject, string]>([
    ['several answers', { n: 2 }, 'n'],
    ['log probabilities', { logprobs: true }, 'logprobs'],
    ['audio', { modalities: ['audio'] }, 'modalities'],
    [
      'an image by address',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x/a.png' } }] }] },
      'messages.0.content.0.image_url',
    ],
    [
      'audio in a message',
      { messages: [{ role: 'user', content: [{ type: 'input_audio' }] }] },
      'messages.0.content.0',
    ],
    ['a result without id', { messages: [user, { role: 'tool', content: 'x' }] }, 'messages.1.tool_call_id'],
    ['nothing to say', { messages: [{ role: 'user', content: ' ' }] }, 'messages'],
  ])('is refused for %s', (_name, body, param) => {
    expect(refusedParam(body)).toBe(param);
  });
});
