import type { JsonObject } from '../../../functions/core/json.ts';
import type { ProviderCall, ProviderResult, StreamPart } from '../../../functions/core/routing/provider.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { simulatedApiKey } from '../../../local/simulated/bedrock/credentials.ts';

const apiKey = simulatedApiKey('sim-test');

/** A call as dispatch makes it. */
export function providerCall(
  changes: Partial<Omit<ProviderCall, 'credential'>> & { credential?: JsonObject } = {},
): ProviderCall {
  const { credential = { apiKey }, model = 'anthropic.claude-test', ...rest } = changes;
  return {
    body: { messages: [{ role: 'user', content: 'ping' }] },
    model,
    callerModel: `bedrock/${model}`,
    stream: false,
    includeUsage: true,
    credential: new Secret(credential),
    credentialKey: 'pk_1@1',
    region: 'us-east-1',
    mintedId: 'chatcmpl-test',
    created: 1_764_000_000,
    signal: new AbortController().signal,
    ...rest,
  };
}

export async function collect(result: ProviderResult): Promise<StreamPart[]> {
  if (result.type !== 'stream') throw new Error(`not a stream: ${JSON.stringify(result)}`);
  const parts: StreamPart[] = [];
  for await (const batch of result.parts) parts.push(...batch);
  return parts;
}

/** What a client makes of a stream's chunks. */
export function fold(parts: StreamPart[]) {
  const folded = {
    text: '',
    reasoning: '',
    details: [] as unknown[],
    calls: [] as { id: string; name: string; arguments: string }[],
    finish: null as string | null,
    roles: 0,
    usage: undefined as unknown,
  };
  for (const part of parts) {
    if (part.type === 'usage') folded.usage = part.chunk.usage;
    if (part.type !== 'chunk') continue;
    const { choices } = JSON.parse(part.json) as { choices: [{ delta: Delta; finish_reason: string | null }] };
    const { delta, finish_reason } = choices[0];
    folded.text += delta.content ?? '';
    folded.reasoning += delta.reasoning_content ?? '';
    folded.details.push(...(delta.reasoning_details ?? []));
    if (delta.role !== undefined) folded.roles++;
    folded.finish ??= finish_reason;
    for (const { index, id, function: fn } of delta.tool_calls ?? []) {
      folded.calls[index] ??= { id: id ?? '', name: fn.name ?? '', arguments: '' };
      const call = folded.calls[index];
      if (call !== undefined) call.arguments += fn.arguments ?? '';
    }
  }
  return folded;
}

interface Delta {
  role?: string;
  content?: string | null;
  reasoning_content?: string;
  reasoning_details?: unknown[];
  tool_calls?: { index: number; id?: string; function: { name?: string; arguments?: string } }[];
}
