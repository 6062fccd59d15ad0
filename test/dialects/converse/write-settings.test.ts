import { describe, expect, it } from 'vitest';
import type { ChatRequest, Effort } from '../../../functions/core/chat/conversation.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import { writeRequest } from '../../../functions/dialects/converse/write-request.ts';
import { chatRequest } from '../chat-request.ts';
import { toolLoop, weather, wish } from './turns.ts';

const claude = 'us.anthropic.claude-sonnet-4-20250514-v1:0';
const sonnet45 = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const nova = 'amazon.nova-lite-v1:0';
const nova2 = 'us.amazon.nova-2-lite-v1:0';
const write = (changes: Partial<ChatRequest>, model = claude) =>
  writeRequest(chatRequest(changes), { model, images: new Map() });
const effort = (level: Effort) => ({ reasoning: wish({ effort: level }) });

describe('limits and sampling', () => {
  it('take the limit and the stop sequences', () => {
    expect(write({ maxTokens: 66, stop: ['END'] }).body.inferenceConfig).toEqual({
      maxTokens: 66,
      stopSequences: ['END'],
    });
  });

  it.each<[string, string, Partial<ChatRequest>, unknown, string[]]>([
    ['clamped to what Bedrock takes', nova, { temperature: 1.8, topP: 0.5 }, { temperature: 1, topP: 0.5 }, []],
    ['one of both on Claude 4', claude, { temperature: 0.3, topP: 0.5 }, { temperature: 0.3 }, ['top_p']],
    ['top_p alone on Claude 4', claude, { topP: 0.5 }, { topP: 0.5 }, []],
    [
      'both on Claude 3',
      'anthropic.claude-3-haiku-20240307-v1:0',
      { temperature: 0.3, topP: 0.5 },
      { temperature: 0.3, topP: 0.5 },
      [],
    ],
    [
      'none on the newest Claude',
      'us.anthropic.claude-sonnet-5',
      { temperature: 0.3, topP: 0.5 },
      undefined,
      ['temperature', 'top_p'],
    ],
    [
      'no stop on the OpenAI models',
      'openai.gpt-oss-120b-1:0',
      { temperature: 0.3, stop: ['x'] },
      { temperature: 0.3 },
      ['stop'],
    ],
    ['no stop on Grok', 'us.xai.grok-4.6', { stop: ['x'] }, undefined, ['stop']],
    ['no blank stop on Claude', claude, { stop: ['\n', 'END'] }, { stopSequences: ['END'] }, ['stop']],
  ])('%s', (_name, model, body, config, dropped) => {
    const written = write(body, model);
    expect(written.body.inferenceConfig).toEqual(config);
    expect(written.dropped).toEqual(dropped);
  });

  // docs.aws.amazon.com/nova/latest/userguide/using-converse-api.html; Claude's own field is top_k.
  it.each<[string, unknown, string[]]>([
    [claude, { top_k: 40 }, []],
    [nova, { inferenceConfig: { topK: 40 } }, []],
    ['us.anthropic.claude-opus-4-7', undefined, ['top_k']],
    ['meta.llama3-1-70b-instruct-v1:0', undefined, ['top_k']],
  ])('top_k on %s', (model, fields, dropped) => {
    const written = write({ topK: 40 }, model);
    expect(written.body.additionalModelRequestFields).toEqual(fields);
    expect(written.dropped).toEqual(dropped);
  });

  it('ask for the stop sequence that was met, of Claude, which alone tells it', () => {
    const paths = (model: string) => write({ stop: ['END'] }, model).body.additionalModelResponseFieldPaths;
    expect(paths(claude)).toEqual(expect.arrayContaining(['/stop_sequence', '/delta/stop_sequence']));
    expect(paths(nova)).toBeUndefined();
  });

  it('map the service tier, or name it', () => {
    expect(write({ serviceTier: 'flex' }).body.serviceTier).toEqual({ type: 'flex' });
    // https://docs.anthropic.com/en/api/service-tiers
    expect(write({ serviceTier: 'standard_only' }).body.serviceTier).toEqual({ type: 'default' });
    expect(write({ serviceTier: 'auto' }).dropped).toEqual([]);
    expect(write({ serviceTier: 'scale' }).dropped).toEqual(['service_tier']);
  });
});

describe('thinking', () => {
  it.each<[string, Effort, Partial<ChatRequest>, JsonObject, number | null]>([
    [sonnet45, 'high', {}, { thinking: { type: 'enabled', budget_tokens: 24_576 } }, 24_576 + 4096],
    [sonnet45, 'high', { maxTokens: 4000 }, { thinking: { type: 'enabled', budget_tokens: 3000 } }, 4000],
    [
      'us.anthropic.claude-sonnet-4-6',
      'medium',
      {},
      { thinking: { type: 'adaptive' }, output_config: { effort: 'medium' } },
      32_768,
    ],
    [
      'us.anthropic.claude-sonnet-4-6',
      'xhigh',
      { maxTokens: 900 },
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
      900,
    ],
    [
      'us.anthropic.claude-sonnet-4-6',
      'max',
      { maxTokens: 900 },
      { thinking: { type: 'adaptive' }, output_config: { effort: 'max' } },
      900,
    ],
    // https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking: without it, thoughts are empty from Opus 4.7 on.
    [
      'us.anthropic.claude-opus-4-7',
      'xhigh',
      { maxTokens: 900 },
      { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'xhigh' } },
      900,
    ],
    [nova2, 'low', {}, { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } }, null],
    ['openai.gpt-oss-120b-1:0', 'minimal', {}, { reasoning_effort: 'low' }, null],
    // https://github.com/bolna-ai/bolna/pull/852, https://github.com/langchain-ai/langchain/pull/40330
    ['us.openai.gpt-5.2', 'minimal', {}, { reasoning: { effort: 'low' } }, null],
    ['us.openai.gpt-5.2', 'none', {}, { reasoning: { effort: 'none' } }, null],
    ['us.openai.gpt-5.2', 'max', {}, { reasoning: { effort: 'xhigh' } }, null],
    ['us.openai.gpt-6-astra', 'minimal', {}, { reasoning: { effort: 'low' } }, null],
    ['us.openai.gpt-6-astra', 'none', {}, { reasoning: { effort: 'low' } }, null],
    ['us.openai.gpt-6-astra', 'max', {}, { reasoning: { effort: 'max' } }, null],
    // https://github.com/langchain-ai/langchain-aws/pull/1261
    ['deepseek.v3-v1:0', 'high', {}, { reasoning_effort: 'high' }, null],
    ['qwen.qwen3-32b-v1:0', 'high', {}, { reasoning_config: 'high' }, null],
  ])('an effort on %s: %s %j', (model, level, more, fields, maxTokens) => {
    const written = write({ ...effort(level), ...more }, model);
    expect(written.body.additionalModelRequestFields).toEqual(fields);
    expect(written.dropped).toEqual([]);
    expect(written.body.inferenceConfig?.maxTokens ?? null).toBe(maxTokens);
    expect(written.bounds.maxOutputTokens).toBe(maxTokens);
  });

  it.each<[string, string, Partial<ChatRequest>]>([
    ['a model that does not reason', nova, {}],
    ['a forced tool', claude, { tools: [weather], toolChoice: { type: 'required' } }],
    ['a tool forced on DeepSeek', 'deepseek.v3-v1:0', { tools: [weather], toolChoice: { type: 'required' } }],
    ['a limit too small to think in', claude, { maxTokens: 500 }],
    ['a budgeted tool loop that began without thinking', claude, { tools: [weather], turns: toolLoop().slice(0, 4) }],
  ])('an effort is dropped for %s', (_name, model, body) => {
    const written = write({ ...effort('low'), ...body, names: { reasoning: 'reasoning.effort' } }, model);
    expect(written.body.additionalModelRequestFields).toBeUndefined();
    expect(written.dropped).toEqual(['reasoning.effort']);
  });

  it('goes on in a tool loop where the model decides for itself, and where the thoughts came back', () => {
    const loop = { tools: [weather], turns: toolLoop().slice(0, 4) };
    expect(write({ ...effort('low'), ...loop }, 'us.anthropic.claude-opus-4-7').dropped).toEqual([]);
    loop.turns[1]?.blocks.unshift({
      type: 'reasoning',
      text: 'hm',
      signature: { format: 'anthropic', value: 'c2ln' },
    });
    expect(write({ ...effort('low'), ...loop }).body.additionalModelRequestFields).toHaveProperty('thinking');
  });

  // https://github.com/langchain-ai/langchain-aws/pull/1141: from Opus 4.8 on, Claude thinks beside a forced tool.
  it('beside a forced tool is an effort alone, and whole from Opus 4.8 on', () => {
    const forced: Partial<ChatRequest> = { ...effort('high'), tools: [weather], toolChoice: { type: 'required' } };
    const fields = (model: string) => write(forced, model).body.additionalModelRequestFields;
    expect(fields('us.anthropic.claude-sonnet-4-6')).toEqual({ output_config: { effort: 'high' } });
    expect(fields('us.anthropic.claude-opus-4-8')).toEqual({
      thinking: { type: 'adaptive', display: 'summarized' },
      output_config: { effort: 'high' },
    });
  });

  it('keeps the caller’s own budget, and makes an effort of it where none is taken', () => {
    const fields = (model: string, budget: number) =>
      write({ reasoning: wish({ budget }), maxTokens: 60_000 }, model).body.additionalModelRequestFields;
    expect(fields(claude, 50_000)).toEqual({ thinking: { type: 'enabled', budget_tokens: 50_000 } });
    expect(fields('us.anthropic.claude-opus-4-6-v1', 2000)).toEqual({
      thinking: { type: 'enabled', budget_tokens: 2000 },
    });
    expect(fields('us.anthropic.claude-opus-4-8', 2000)).toEqual({
      thinking: { type: 'adaptive', display: 'summarized' },
    });
    expect(fields('openai.gpt-oss-120b-1:0', 10_000)).toEqual({ reasoning_effort: 'medium' });
    expect(write({ reasoning: wish({ budget: 2000 }) }).bounds.maxOutputTokens).toBe(2000 + 4096);
  });

  it('is hidden when the caller says so', () => {
    const reasoning = wish({ adaptive: true, summary: 'omitted' });
    expect(write({ reasoning }, 'us.anthropic.claude-opus-4-8').body.additionalModelRequestFields).toEqual({
      thinking: { type: 'adaptive', display: 'omitted' },
    });
  });

  // https://platform.claude.com/docs/en/models/sonnet-5-5/whats-new-sonnet-5-5 and the pages of its sisters.
  it.each<[string, unknown]>([
    [claude, undefined],
    ['us.anthropic.claude-opus-4-8', undefined],
    ['us.anthropic.claude-sonnet-5', { thinking: { type: 'disabled' } }],
    ['us.anthropic.claude-sonnet-5-5', { thinking: { type: 'between_tools' } }],
    ['us.anthropic.claude-opus-5-5', { output_config: { effort: 'low' } }],
    ['us.anthropic.claude-fable-5', { output_config: { effort: 'low' } }],
    [nova2, undefined],
  ])('is turned off on %s', (model, fields) => {
    const written = write(effort('none'), model);
    expect(written.body.additionalModelRequestFields).toEqual(fields);
    expect(written.dropped).toEqual([]);
  });

  it('leaves no sampling to Claude, nor to Nova at its highest effort', () => {
    expect(write({ ...effort('low'), temperature: 0.2, topK: 3 }).dropped).toEqual(['temperature', 'top_k']);
    expect(write({ ...effort('high'), temperature: 0.2 }, nova2).dropped).toEqual(['temperature']);
    expect(write({ ...effort('medium'), temperature: 0.2 }, nova2).dropped).toEqual([]);
    expect(write({ ...effort('high'), maxTokens: 500 }, nova2).body.additionalModelRequestFields).toEqual({
      reasoningConfig: { type: 'enabled', maxReasoningEffort: 'medium' },
    });
  });
});

describe('fields without a place in the conversation', () => {
  it('are named when they are dropped, sorted, by the caller’s own names, and not when they say nothing', () => {
    const extra = { prompt_cache_key: 'k', logit_bias: { 1: 1 }, store: false, modalities: ['text'] };
    expect(
      write({ seed: 7, presencePenalty: 0.5, frequencyPenalty: 0, userId: 'u', names: { userId: 'metadata' }, extra })
        .dropped,
    ).toEqual(['logit_bias', 'metadata', 'presence_penalty', 'prompt_cache_key', 'seed']);
    expect(write({ extra: { logit_bias: {} }, userId: 'the gateway’s own' }).dropped).toEqual([]);
  });

  it.each([
    [{ guardrailConfig: { guardrailIdentifier: 'gr', guardrailVersion: '2', trace: 'enabled' } }],
    [{ guardrail_config: { guardrail_id: 'gr', guardrail_version: '2', guardrail_trace: 'enabled' } }],
    [{ guardrail_id: 'gr', guardrail_version: '2', guardrail_trace: 'enabled' }],
    [{ guardrailIdentifier: 'gr', guardrailVersion: '2', guardrailTrace: 'enabled' }],
  ])('guard the request: %j', (extra) => {
    const { body, dropped } = write({ extra });
    expect(body.guardrailConfig).toEqual({ guardrailIdentifier: 'gr', guardrailVersion: '2', trace: 'enabled' });
    expect(dropped).toEqual([]);
  });

  it('guard with the draft when no version is named, and never in vain', () => {
    expect(write({ extra: { guardrail_id: 'gr' } }).body.guardrailConfig).toEqual({
      guardrailIdentifier: 'gr',
      guardrailVersion: 'DRAFT',
    });
    for (const extra of [
      { guardrail_version: '1' },
      { guardrail_id: 7 },
      { guardrailConfig: 'gr' },
      { guardrailConfig: {} },
    ])
      expect(() => write({ extra })).toThrow(expect.objectContaining({ param: Object.keys(extra)[0] }));
  });

  it('tag the request and set its latency', () => {
    const extra = { requestMetadata: { team: 'a' }, performance_config: { latency: 'optimized' } };
    expect(write({ extra }).body).toMatchObject({
      requestMetadata: { team: 'a' },
      performanceConfig: { latency: 'optimized' },
    });
    expect(() => write({ extra: { requestMetadata: { team: 1 } } })).toThrow(/texts/);
    expect(() => write({ extra: { performanceConfig: { latency: 'warp' } } })).toThrow(/latency/);
  });

  it.each<[Partial<ChatRequest>, string]>([
    [{ choices: 2 }, 'n'],
    [{ logprobs: { top: null } }, 'logprobs'],
    [{ extra: { top_logprobs: 3 } }, 'top_logprobs'],
    [{ extra: { modalities: ['text', 'audio'] } }, 'modalities'],
    [{ extra: { audio: { voice: 'alloy' } } }, 'audio'],
    [{ extra: { functions: [] } }, 'functions'],
    [{ choices: 3, names: { choices: 'candidate_count' } }, 'candidate_count'],
  ])('%j is refused at %s', (changes, param) => {
    expect(() => write(changes)).toThrow(expect.objectContaining({ param }));
  });
});
