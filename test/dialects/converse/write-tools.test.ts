import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerFormat, ChatRequest, ToolChoice } from '../../../functions/core/chat/conversation.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import { enforceable } from '../../../functions/dialects/converse/schemas.ts';
import { writeRequest } from '../../../functions/dialects/converse/write-request.ts';
import { chatRequest } from '../chat-request.ts';
import { assistant, tool, user, weather, wish } from './turns.ts';

const claude = 'us.anthropic.claude-sonnet-4-20250514-v1:0';
const native = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const newest = 'us.anthropic.claude-opus-5-5';
const nova = 'amazon.nova-lite-v1:0';
const llama = 'meta.llama3-1-70b-instruct-v1:0';
const mistral = 'mistral.mistral-large-2407-v1:0';
const write = (changes: Partial<ChatRequest>, model = claude) =>
  writeRequest(chatRequest(changes), { model, images: new Map() });

const city: AnswerFormat = {
  type: 'schema',
  name: 'city',
  description: null,
  strict: null,
  schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const named: ToolChoice = { type: 'tool', name: 'get_weather' };
const other = tool('other');

describe('the choice of a tool', () => {
  it.each<[ToolChoice | null, unknown]>([
    [{ type: 'auto' }, { auto: {} }],
    [{ type: 'required' }, { any: {} }],
    [named, { tool: { name: 'get_weather' } }],
    [null, undefined],
  ])('%j', (toolChoice, expected) => {
    expect(write({ tools: [weather], toolChoice }).body.toolConfig?.toolChoice).toEqual(expected);
  });

  it('offers only allowed tools', () => {
    const toolChoice: ToolChoice = { type: 'allowed', mode: 'required', names: ['other'] };
    expect(write({ tools: [weather, other], toolChoice }).body.toolConfig).toEqual({
      tools: [{ toolSpec: { name: 'other', inputSchema: { json: { type: 'object', properties: {} } } } }],
      toolChoice: { any: {} },
    });
  });

  // docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolChoice.html: `tool` is for Claude and Nova.
  it('of one tool means that it alone is offered where no tool can be named', () => {
    const { toolConfig } = write({ tools: [weather, other], toolChoice: named }, mistral).body;
    expect(toolConfig?.tools?.map(({ toolSpec }) => toolSpec?.name)).toEqual(['get_weather']);
    expect(toolConfig?.toolChoice).toEqual({ any: {} });
    expect(write({ tools: [weather, other], toolChoice: named }, nova).body.toolConfig?.toolChoice).toEqual({
      tool: { name: 'get_weather' },
    });
  });

  // https://github.com/vercel/ai/issues/21364: Opus 5.5 answers 400 to `any` and `tool`.
  it.each([newest, 'global.anthropic.claude-fable-5-1', 'us.anthropic.claude-sonnet-5-5', llama])(
    'is told in words to %s, which cannot be forced, and named as dropped',
    (model) => {
      for (const toolChoice of [named, { type: 'required' } as const]) {
        const { body, dropped } = write({ tools: [weather], toolChoice }, model);
        expect(body.toolConfig?.toolChoice).toBeUndefined();
        expect(body.system?.at(-1)?.text).toMatch(/call of/);
        expect(dropped).toEqual(['tool_choice']);
      }
    },
  );

  it('leaves out the provider’s own tools and names them', () => {
    const hosted = { type: 'hosted' as const, name: 'web_search', dialect: 'openai-responses' as const, value: {} };
    const { body, dropped } = write({ tools: [hosted, weather] });
    expect(body.toolConfig?.tools).toHaveLength(1);
    expect(dropped).toEqual(['tools']);
  });

  it('makes a tool of free text a function, and remembers which', () => {
    const custom = { type: 'custom' as const, name: 'patch', description: null, format: null };
    const { body, customTools } = write({ tools: [custom, weather] });
    expect(body.toolConfig?.tools?.[0]?.toolSpec?.inputSchema?.json).toMatchObject({ required: ['input'] });
    expect(customTools).toEqual(['patch']);
  });

  // https://github.com/BerriAI/litellm/issues/36536: "The additional field tool_choice/type conflicts with the existing field".
  it.each<[ToolChoice | null, JsonObject]>([
    [null, { type: 'auto', disable_parallel_tool_use: true }],
    [{ type: 'auto' }, { disable_parallel_tool_use: true }],
    [{ type: 'required' }, { disable_parallel_tool_use: true }],
  ])('beside calls one at a time, on Claude: %j', (toolChoice, expected) => {
    const { body, dropped } = write({ tools: [weather], toolChoice, parallelToolCalls: false });
    expect(body.additionalModelRequestFields).toEqual({ tool_choice: expected });
    expect(dropped).toEqual([]);
  });

  it('calls one at a time are named as dropped elsewhere, and mean nothing without tools', () => {
    expect(write({ tools: [weather], parallelToolCalls: false }, nova).dropped).toEqual(['parallel_tool_calls']);
    expect(write({ parallelToolCalls: false }).body.additionalModelRequestFields).toBeUndefined();
  });
});

describe('strict tools', () => {
  it('are strict only where the model knows it', () => {
    const tools = [{ ...weather, strict: true }];
    const spec = (model: string) => write({ tools }, model).body.toolConfig?.tools?.[0]?.toolSpec;
    expect(spec(native)).toMatchObject({ strict: true, inputSchema: { json: { additionalProperties: false } } });
    for (const model of [nova, 'us.anthropic.claude-opus-4-7', 'openai.gpt-oss-120b-1:0'])
      expect(spec(model)).not.toHaveProperty('strict');
  });

  // https://github.com/vercel/ai/pull/17558 and its strict fixture: "'additionalProperties' must be explicitly set to false".
  it('stay as they are where their schema cannot be enforced', () => {
    const parameters = { type: 'object', properties: { a: { type: 'object', additionalProperties: true } } };
    const spec = write({ tools: [tool('open', { parameters, strict: true })] }, native).body.toolConfig?.tools?.[0];
    expect(spec?.toolSpec).toEqual({ name: 'open', inputSchema: { json: parameters } });
  });
});

describe('a structured answer', () => {
  it('is asked for by the schema itself, closed, of models that can', () => {
    const { body, answerTool } = write({ format: city }, native);
    expect(answerTool).toBeUndefined();
    expect(JSON.parse(body.outputConfig?.textFormat?.structure?.jsonSchema?.schema ?? '')).toEqual({
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    });
  });

  it('is the input of a forced tool on the others, beside the caller’s own', () => {
    const alone = write({ format: city });
    expect(alone.answerTool).toBe('json');
    expect(alone.body.toolConfig?.toolChoice).toEqual({ tool: { name: 'json' } });
    const beside = write({ format: city, tools: [weather] });
    expect(beside.body.toolConfig?.tools).toHaveLength(2);
    expect(beside.body.toolConfig?.toolChoice).toEqual({ any: {} });
    expect(write({ format: city }, mistral).body.toolConfig?.toolChoice).toEqual({ any: {} });
    expect(write({ format: city, tools: [tool('json')] }).answerTool).toBe('json_answer');
    expect(write({ format: city, tools: [weather], toolChoice: named }).answerTool).toBeUndefined();
  });

  it('is asked for in words where nothing else works', () => {
    expect(write({ format: city }, llama).body.system?.[0]?.text).toContain('"city"');
    expect(write({ format: { type: 'json' } }).body.system?.[0]?.text).toMatch(/JSON object/);
  });

  // https://github.com/BerriAI/litellm/issues/42717: Opus 5.5 on Bedrock takes neither a forced tool nor `output_config.format`.
  // https://platform.claude.com/docs/en/test-and-evaluate/strengthen-guardrails/increase-consistency; Claude 4.6 and newer refuse it:
  // https://github.com/langchain-ai/deepagents/issues/1585.
  it('without a schema is begun for the model where it goes on from there, and taken out of its words everywhere', () => {
    const begun = { role: 'assistant', content: [{ text: '{' }] };
    const json = { type: 'json' } as const;
    expect(write({ format: json })).toMatchObject({ json: { begun: '{' }, body: { messages: [{}, begun] } });
    const thinking = wish({ effort: 'low' });
    const others: [Partial<ChatRequest>, string][] = [
      [{}, newest],
      [{}, 'us.anthropic.claude-sonnet-4-6'],
      [{}, nova],
      [{}, llama],
      [{ tools: [weather] }, claude],
      [{ reasoning: thinking }, claude],
    ];
    for (const [changes, model] of others) {
      const written = write({ ...changes, format: json }, model);
      expect(written.json).toEqual({ begun: '' });
      expect(written.body.messages).toHaveLength(1);
    }
    const own = write({ format: json, turns: [user('Give me JSON.'), assistant('{"a":')] });
    expect([own.json, own.body.messages?.length]).toEqual([undefined, 2]);
  });

  it('with a schema that is only asked for in words is taken out of the words around it', () => {
    expect(write({ format: city }, llama).json).toEqual({ begun: '' });
    expect(write({ format: city }, newest).json).toEqual({ begun: '' });
    expect(write({ format: city }, native).json).toBeUndefined();
    expect(write({ format: { ...city, schema: { type: 'string' } } }, llama).json).toBeUndefined();
  });

  it('is asked for in words of Claude 5.5, which can neither be forced nor takes a format', () => {
    const { body, answerTool } = write({ format: city, tools: [weather] }, newest);
    expect(answerTool).toBeUndefined();
    expect(body.outputConfig).toBeUndefined();
    expect(body.toolConfig?.tools).toHaveLength(1);
    expect(body.toolConfig?.toolChoice).toBeUndefined();
    expect(body.system?.at(-1)?.text).toContain('"city"');
  });

  const schemaOf = (schema: JsonObject): AnswerFormat => ({ ...city, type: 'schema', schema }) as AnswerFormat;

  // https://github.com/BerriAI/litellm/pull/29624: "For 'number' type, properties maximum, minimum are not supported".
  it('has its bounds told in descriptions, where Bedrock refuses them', () => {
    const schema = {
      type: 'object',
      properties: {
        age: { type: 'integer', minimum: 0, maximum: 150, description: 'In years.' },
        names: { type: 'array', minItems: 1, maxItems: 3, items: { type: 'string', minLength: 2 } },
        minimum: { type: 'string' },
      },
    };
    const { body } = write({ format: schemaOf(schema) }, native);
    expect(JSON.parse(body.outputConfig?.textFormat?.structure?.jsonSchema?.schema ?? '')).toEqual({
      type: 'object',
      properties: {
        age: { type: 'integer', description: 'In years. (minimum: 0, maximum: 150)' },
        names: {
          type: 'array',
          minItems: 1,
          items: { type: 'string', description: '(minLength: 2)' },
          description: '(maxItems: 3)',
        },
        minimum: { type: 'string' },
      },
      additionalProperties: false,
    });
  });

  it.each<[string, JsonObject]>([
    ['open objects', { type: 'object', properties: {}, additionalProperties: { type: 'string' } }],
    ['objects of any kind', { type: 'object', properties: { any: { type: 'object' } } }],
    [
      'recursion',
      {
        type: 'object',
        properties: { next: { $ref: '#/$defs/node' } },
        $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
      },
    ],
    ['recursion to the root', { type: 'object', properties: { child: { $ref: '#' } } }],
  ])('takes the road of the tool for %s', (_name, schema) => {
    const { body, answerTool } = write({ format: schemaOf(schema) }, native);
    expect(body.outputConfig).toBeUndefined();
    expect(answerTool).toBe('json');
    expect(body.toolConfig?.tools?.[0]?.toolSpec?.inputSchema?.json).toEqual(schema);
  });

  it('may use one definition twice', () => {
    const schema = {
      type: 'object',
      properties: { a: { $ref: '#/$defs/p' }, b: { $ref: '#/$defs/p' } },
      $defs: { p: { type: 'object', properties: {} } },
    };
    expect(enforceable(schema)).toMatchObject({ $defs: { p: { additionalProperties: false } } });
  });

  it('never holds a refused keyword, whatever the schema is, and never changes the caller’s', () => {
    const leaf = fc.record(
      {
        type: fc.constantFrom('string', 'integer', 'array', 'object'),
        minimum: fc.integer(),
        maxLength: fc.nat(),
        pattern: fc.string(),
        properties: fc.dictionary(fc.string(), fc.record({ maxItems: fc.nat() })),
        items: fc.record({ multipleOf: fc.nat() }),
        anyOf: fc.array(fc.record({ exclusiveMinimum: fc.nat() }), { maxLength: 2 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.record({ type: fc.constant('object'), properties: fc.dictionary(fc.string(), leaf) }),
        (schema) => {
          const before = JSON.stringify(schema);
          const written = enforceable(schema);
          expect(JSON.stringify(schema)).toBe(before);
          expect(keywordsOf(written)).not.toEqual(
            expect.arrayContaining([
              expect.stringMatching(/^(minimum|maxLength|pattern|maxItems|multipleOf|exclusive.*)$/),
            ]),
          );
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** The keywords of a schema, without the names of its properties. */
function keywordsOf(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(keywordsOf);
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([keyword, value]) =>
    keyword === 'properties' ? Object.values(value).flatMap(keywordsOf) : [keyword, ...keywordsOf(value)],
  );
}
