import type { Frame } from '../../../functions/core/chat/frame.ts';
import type { Failure } from '../../../functions/core/routing/failure.ts';
import type { Upstream, UpstreamCall, UpstreamResult } from '../../../functions/core/routing/upstream.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { openaiChat } from '../../../functions/dialects/openai-chat/door.ts';
import { fakeKey } from './scripted-server.ts';

export function upstreamCall(change: Partial<UpstreamCall> = {}): UpstreamCall {
  const call: UpstreamCall = {
    operation: 'answer',
    door: openaiChat,
    body: { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'ping' }] },
    conversation: () => {
      throw new Error('nobody should read this request');
    },
    head: { mintedId: 'minted', created: 1, callerModel: 'openai/gpt-4o-mini', includeUsage: true },
    model: 'gpt-4o-mini',
    stream: false,
    credential: new Secret({ apiKey: fakeKey }),
    credentialKey: 'pk_1@1',
    region: null,
    headers: {},
    authenticated: () => undefined,
    signal: new AbortController().signal,
    ...change,
  };
  return call;
}

export async function sendTo(upstream: Upstream, call: UpstreamCall): Promise<UpstreamResult> {
  const prepared = await upstream.prepare(call);
  if (prepared.type === 'uncountable') throw new Error('uncountable');
  return prepared.type === 'ready' ? prepared.send(call.signal) : prepared;
}

export async function failureOf(result: Promise<UpstreamResult>): Promise<Failure> {
  const got = await result;
  if (got.type !== 'failure') throw new Error(`no failure: ${got.type}`);
  return got.failure;
}

export async function framesOf(result: UpstreamResult): Promise<Frame[]> {
  if (result.type !== 'stream') throw new Error(`no stream: ${JSON.stringify(result)}`);
  const frames: Frame[] = [];
  for await (const batch of result.frames) frames.push(...batch);
  return frames;
}
