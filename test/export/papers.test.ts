import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { definitions } from '../../functions/providers/registry.ts';
import { anAttempt, aRecord } from './samples.ts';

const paper = readFileSync(join(import.meta.dirname, '../../docs/export.md'), 'utf8');

describe('the table for Athena', () => {
  const table = /CREATE EXTERNAL TABLE keyway_log \(\n([\s\S]*?)\n\)\nPARTITIONED/.exec(paper)?.[1] ?? '';
  const attempts = /attempts array<struct<([\s\S]*?)>>/.exec(table)?.[1] ?? '';
  const names = (text: string) => [...text.matchAll(/(?:^|,)\s*(\w+)/g)].map((match) => match[1]).sort();

  it('has a column for each field of a record', () => {
    const columns = names(table.replace(/<.*?>(?=,|$)/gs, '').replaceAll(/struct<[^>]*>/g, ''));
    const record = aRecord({ error_message: 'x', traceparent: 'x' });
    expect(columns).toEqual(Object.keys(record).sort());
  });

  it('has a place for each field of an attempt', () => {
    expect(names(attempts)).toEqual(Object.keys(anAttempt()).sort());
  });
});

/** The well-known values of gen_ai.provider.name: github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-spans.md */
const wellKnown = [
  ...['anthropic', 'aws.bedrock', 'azure.ai.inference', 'azure.ai.openai', 'cohere', 'deepseek', 'gcp.gemini'],
  ...['gcp.gen_ai', 'gcp.vertex_ai', 'groq', 'ibm.watsonx.ai', 'mistral_ai', 'moonshot_ai', 'openai', 'perplexity'],
  'x_ai',
];

describe('the names of providers', () => {
  it('are those of the conventions where these know them', () => {
    const own = definitions.filter(({ name, telemetryName = name }) => !wellKnown.includes(telemetryName));
    expect(own.map(({ name }) => name)).toEqual(['openrouter', 'together', 'fireworks', 'cerebras', 'zai', 'custom']);
    const told = definitions.map(({ name, telemetryName = name }) => telemetryName);
    expect(new Set(told).size).toBe(told.length);
  });
});
