import type { ContentBlock } from '@aws-sdk/client-bedrock-runtime';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Block, type ChatRequest, efforts, type ToolChoice } from '../../../functions/core/chat/conversation.ts';
import { Refusal } from '../../../functions/core/chat/refusal.ts';
import { type Family, familyOf } from '../../../functions/dialects/converse/families.ts';
import { writeRequest } from '../../../functions/dialects/converse/write-request.ts';
import { chatRequest } from '../chat-request.ts';
import { modelErrors } from './sdk-model.ts';
import { pixel, tool, wish } from './turns.ts';

const models = [
  'anthropic.claude-v2:1',
  'anthropic.claude-3-haiku-20240307-v1:0',
  'us.anthropic.claude-sonnet-4-20250514-v1:0',
  'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  'us.anthropic.claude-opus-4-7',
  'us.anthropic.claude-sonnet-5',
  'us.anthropic.claude-opus-5-5',
  'us.amazon.nova-2-lite-v1:0',
  'openai.gpt-oss-120b-1:0',
  'us.openai.gpt-6-astra',
  'mistral.mistral-large-2407-v1:0',
  'us.meta.llama3-3-70b-instruct-v1:0',
  'qwen.qwen3-32b-v1:0',
  'us.xai.grok-4.6',
];

const citations = [
  { format: 'converse', values: [{ title: 'a', location: { documentPage: { documentIndex: 0, start: 1, end: 2 } } }] },
  { format: 'anthropic', values: [{ type: 'char_location', cited_text: 'a', document_index: 0 }, { type: 'new' }] },
];
const text = fc.constantFrom('', ' ', 'hello', 'é😀', '\n');
const mark = fc.option(fc.record({ ttl: fc.constantFrom(null, '5m', '1h') }), { nil: undefined });
const base64 = (mediaType: string) => fc.constant({ type: 'base64' as const, mediaType, data: pixel });
const signature = fc.option(fc.constant({ format: 'anthropic' as const, value: 'c2ln' }), { nil: undefined });
const prose: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ type: fc.constant('text' as const), text, cache: mark }),
  fc.record({ type: fc.constant('text' as const), text, citations: fc.constantFrom(...citations) }),
  fc.record({ type: fc.constant('image' as const), source: base64('image/png'), cache: mark }),
  fc.constant({ type: 'video' as const, source: { type: 'url' as const, url: 's3://bucket/film.mp4' } }),
  fc.constant({ type: 'document' as const, source: { type: 'text' as const, text: 'words' }, citations: true }),
  fc.record({ type: fc.constant('document' as const), source: base64('application/pdf'), name: text, cache: mark }),
) as fc.Arbitrary<Block>;
const callId = fc.constantFrom('call_1', 'call_2');
const block: fc.Arbitrary<Block> = fc.oneof(
  prose,
  fc.record({ type: fc.constant('refusal' as const), text }),
  fc.record({
    ...{ type: fc.constant('tool_call' as const), id: callId, name: fc.constantFrom('a', 'b') },
    ...{
      input: fc.constantFrom('{}', '', '{"x":1}', '['),
      kind: fc.constantFrom('function' as const, 'custom' as const),
    },
  }),
  fc.record({
    type: fc.constant('tool_result' as const),
    callId,
    blocks: fc.array(prose, { maxLength: 2 }),
    cache: mark,
  }),
  fc.record({ type: fc.constant('reasoning' as const), text, signature, encrypted: signature }),
  fc.constant<Block>({ type: 'opaque', dialect: 'gemini', value: {} }),
) as fc.Arbitrary<Block>;
const turns = fc.array(
  fc.record({
    role: fc.constantFrom('system' as const, 'user' as const, 'assistant' as const),
    blocks: fc.array(block, { maxLength: 4 }),
    at: fc.constant('messages.0'),
  }),
  { maxLength: 6 },
);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const request: fc.Arbitrary<ChatRequest> = fc
  .record({
    turns,
    tools: fc.subarray([
      tool('a', { strict: true, parameters: { type: 'object', properties: { x: { type: 'integer', minimum: 1 } } } }),
      { type: 'custom' as const, name: 'b', description: null, format: null },
    ]),
    toolChoice: maybe(
      fc.constantFrom<ToolChoice[]>(
        { type: 'auto' as const },
        { type: 'none' as const },
        { type: 'required' as const },
        { type: 'tool' as const, name: 'a' },
        { type: 'allowed' as const, mode: 'required' as const, names: ['b'] },
      ),
    ),
    parallelToolCalls: maybe(fc.boolean()),
    format: maybe(
      fc.constantFrom(
        { type: 'json' as const },
        { type: 'schema' as const, name: 'f', description: null, schema: { type: 'object' }, strict: true },
      ),
    ),
    reasoning: maybe(
      fc.record({ effort: maybe(fc.constantFrom(...efforts)), budget: maybe(fc.nat(40_000)) }).map(wish),
    ),
    maxTokens: maybe(fc.integer({ min: 1, max: 60_000 })),
    temperature: maybe(fc.double({ min: 0, max: 2, noNaN: true })),
    topP: maybe(fc.double({ min: 0, max: 1, noNaN: true })),
    topK: maybe(fc.nat(100)),
    stop: fc.array(text, { maxLength: 3 }),
    serviceTier: maybe(fc.constantFrom('auto', 'flex', 'priority', 'standard_only', 'gold')),
    userId: maybe(fc.constant('u')),
    extra: fc.record(
      {
        guardrail_id: fc.constant('g'),
        request_metadata: fc.constant({ team: 'a' }),
        performanceConfig: fc.constant({ latency: 'optimized' }),
        nobody_knows: fc.constant(1),
      },
      { requiredKeys: [] },
    ),
  })
  .map(chatRequest);

it('what is written holds to the rules of Converse and of the family, whatever is asked for', () => {
  fc.assert(
    fc.property(request, fc.constantFrom(...models), (asked, model) => {
      const before = JSON.stringify(asked);
      const { body, dropped, bounds } = writeOrRefuse(asked, model) ?? {};
      expect(JSON.stringify(asked)).toBe(before);
      if (body === undefined) return;
      expect(modelErrors(body)).toEqual([]);
      const family = familyOf(model);
      expect(
        Object.keys(body.additionalModelRequestFields ?? {}).filter((name) => !ownFields(family).has(name)),
      ).toEqual([]);
      if (body.outputConfig !== undefined) expect(family.structured).toBe('native');
      if (body.toolConfig?.tools?.some(({ toolSpec }) => toolSpec?.strict === true))
        expect(family.strictTools).toBe(true);
      const messages = body.messages ?? [];
      expect(messages.map(({ role }, index) => role === (index % 2 === 0 ? 'user' : 'assistant'))).not.toContain(false);
      for (const { role, content = [] } of messages) {
        expect(content.length).toBeGreaterThan(0);
        expect(content[0]).not.toHaveProperty('cachePoint');
        if (role === 'user' && content.some(({ document }) => document !== undefined))
          expect(content.some((inner) => inner.text !== undefined)).toBe(true);
      }
      const all = [...messages.flatMap(({ content = [] }) => content), ...((body.system ?? []) as ContentBlock[])];
      for (const { text: said, cachePoint } of all) {
        if (said !== undefined) expect(said.trim()).not.toBe('');
        if (cachePoint !== undefined) expect(family.cachePoints.content).toBe(true);
        if (cachePoint?.ttl !== undefined) expect(family.cachePoints.hour).toBe(true);
      }
      const usesTools = all.some(({ toolUse, toolResult }) => toolUse !== undefined || toolResult !== undefined);
      if (usesTools) expect(body.toolConfig?.tools?.length).toBeGreaterThan(0);
      const choice = body.toolConfig?.toolChoice;
      if (choice?.tool !== undefined) expect(family.forcing).toBe('tool');
      if (choice?.any !== undefined) expect(family.forcing).not.toBe('none');
      const fields = (body.additionalModelRequestFields ?? {}) as Record<string, Record<string, unknown> | undefined>;
      if (fields.tool_choice !== undefined) expect(fields.tool_choice.type === undefined).toBe(choice !== undefined);
      const { temperature, topP, stopSequences, maxTokens } = body.inferenceConfig ?? {};
      if (family.sampling === 'none' || fields.thinking?.type === 'adaptive')
        expect([temperature, topP]).toEqual([undefined, undefined]);
      if (family.sampling === 'one') expect(temperature === undefined || topP === undefined).toBe(true);
      if (!family.stop) expect(stopSequences).toBeUndefined();
      if (fields.thinking?.type === 'enabled' && asked.reasoning?.budget == null)
        expect(Number(fields.thinking.budget_tokens)).toBeLessThan(maxTokens ?? 0);
      expect(dropped).toEqual([...new Set(dropped)].sort());
      expect(bounds?.maxOutputTokens ?? undefined).toBe(maxTokens);
    }),
    { numRuns: 600 },
  );
});

function writeOrRefuse(asked: ChatRequest, model: string) {
  try {
    return writeRequest(asked, { model, images: new Map() });
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    return null;
  }
}

/** The fields that the models of a family take beside Converse's own. */
function ownFields({ maker, reasoning, topK }: Family): Set<string> {
  const fields = {
    'claude-budget': ['thinking'],
    'claude-adaptive': ['thinking', 'output_config'],
    nova: ['reasoningConfig'],
    reasoning_effort: ['reasoning_effort'],
    'reasoning.effort': ['reasoning'],
    reasoning_config: ['reasoning_config'],
  };
  return new Set([
    ...(reasoning === null ? [] : fields[reasoning]),
    ...(topK === null ? [] : [topK]),
    ...(maker === 'anthropic' ? ['tool_choice'] : []),
  ]);
}
