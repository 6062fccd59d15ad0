import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../functions/core/json.ts';
import type { Listening } from '../../../../local/listening.ts';
import { createSimulatedOpenAi } from '../../../../local/simulated/openai/server.ts';
import { startSimulatedProviders } from '../../../../local/simulated/server.ts';

let server: Listening;
beforeAll(async () => {
  server = await startSimulatedProviders({ openai: createSimulatedOpenAi({ paceMs: 0 }) });
});
afterAll(() => server.close());

const hi = { role: 'user', content: 'hi' };
const caller = {
  role: 'assistant',
  tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }],
};
const result = { role: 'tool', tool_call_id: 'call_1', content: 'ok' };
const call = { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' };
const output = { type: 'function_call_output', call_id: 'call_1', output: 'ok' };

async function refusal(path: string, body: JsonObject): Promise<{ status: number; error: JsonObject }> {
  const response = await fetch(`${server.url}/openai/v1/${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-sim-demo' },
    body: JSON.stringify(body),
  });
  return { status: response.status, error: ((await response.json()) as { error: JsonObject }).error };
}

describe('the simulated OpenAI refuses', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['an empty list of tools', { tools: [] }, { param: 'tools', code: 'empty_array' }],
    ['more than four stops', { stop: ['a', 'b', 'c', 'd', 'e'] }, { param: 'stop', code: 'array_above_max_length' }],
    ['stream_options without a stream', { stream_options: { include_usage: true } }, { param: 'stream_options' }],
    ['a tool_choice without tools', { tool_choice: 'auto' }, { param: 'tool_choice' }],
    ['results without their calls', { messages: [hi, result] }, { param: 'messages.[1].role' }],
    ['calls without their results', { messages: [hi, caller, hi] }, { message: expect.stringContaining('call_1') }],
    ['calls without an end', { messages: [hi, caller] }, { message: expect.stringContaining('call_1') }],
    ['max_tokens of a model that reasons', { model: 'gpt-5', max_tokens: 9 }, { code: 'unsupported_parameter' }],
  ])('of chat completions: %s', async (_, change, error) => {
    const body = { model: 'gpt-4o', messages: [hi], ...change };
    expect(await refusal('chat/completions', body)).toMatchObject({
      status: 400,
      error: { type: 'invalid_request_error', ...error },
    });
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['nothing', { input: undefined }, { code: 'missing_required_parameter' }],
    ['a model that it does not have', { model: 'claude-4' }, { param: 'model', code: 'model_not_found' }],
    ['a response that it does not keep', { previous_response_id: 'resp_1' }, { code: 'previous_response_not_found' }],
    ['effort of a model that does not reason', { reasoning: { effort: 'low' } }, { param: 'reasoning.effort' }],
    ['sealed reasoning of such a model', { include: ['reasoning.encrypted_content'] }, { param: 'include' }],
    ['too low a limit', { max_output_tokens: 1 }, { code: 'integer_below_min_value' }],
    [
      'stream_options without a stream',
      { stream_options: { include_obfuscation: false } },
      { param: 'stream_options' },
    ],
    ['a forced tool that is not offered', { tool_choice: { type: 'function', name: 'f' } }, { param: 'tool_choice' }],
    [
      'outputs without their calls',
      { input: [output] },
      { message: 'No tool call found for function call output with call_id call_1.' },
    ],
    ['calls without their outputs', { input: [call] }, { message: 'No tool output found for function call call_1.' }],
    [
      'reasoning that it did not seal',
      { input: [{ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAAAforeign==' }, call, output] },
      { code: 'invalid_encrypted_content', message: 'The encrypted content gAAA...gn== could not be verified.' },
    ],
  ])('of responses: %s', async (_, change, error) => {
    expect(await refusal('responses', { model: 'gpt-4o', input: 'hi', ...change })).toMatchObject({
      status: 400,
      error: { type: 'invalid_request_error', ...error },
    });
  });

  it('items that nobody stored', async () => {
    for (const item of [
      { type: 'item_reference', id: 'rs_1' },
      { type: 'reasoning', id: 'rs_1', summary: [] },
    ])
      expect(await refusal('responses', { model: 'gpt-5', input: [item, hi] })).toMatchObject({
        status: 404,
        error: { param: 'input', message: expect.stringContaining("Item with id 'rs_1' not found.") },
      });
  });

  it.each(['chat/completions', 'completions', 'embeddings'])('models of other makers: %s', async (path) => {
    const body = { model: 'claude-4', messages: [hi], prompt: 'hi', input: 'hi' };
    expect(await refusal(path, body)).toMatchObject({ status: 404, error: { code: 'model_not_found' } });
  });

  it('models that chat, where texts are completed', async () => {
    expect(await refusal('completions', { model: 'gpt-4o', prompt: 'hi' })).toMatchObject({
      status: 404,
      error: { param: 'model', message: expect.stringContaining('This is a chat model') },
    });
  });
});

describe('the simulated completions', () => {
  const client = () => new OpenAI({ apiKey: 'sk-sim-demo', baseURL: `${server.url}/openai/v1`, maxRetries: 0 });

  it('go on with each prompt, whole and streamed', async () => {
    const request = { model: 'gpt-3.5-turbo-instruct', prompt: ['one', 'two'], echo: true, stop: 'w' };
    const whole = await client().completions.create(request);
    expect(whole).toMatchObject({
      object: 'text_completion',
      choices: [
        { index: 0, text: 'oneYou said: one', finish_reason: 'stop' },
        { index: 1, text: 'twoYou said: t' },
      ],
    });
    const texts = ['', ''];
    const options = { stream_options: { include_usage: true }, stream: true } as const;
    let total = 0;
    for await (const { choices, usage } of await client().completions.create({ ...request, ...options })) {
      for (const choice of choices) texts[choice.index] += choice.text;
      total = usage?.total_tokens ?? total;
    }
    expect(texts).toEqual(whole.choices.map(({ text }) => text));
    expect(total).toBe(whole.usage?.total_tokens);
  });
});
