import type { Door } from '../../core/chat/dialect.ts';
import { refuse } from '../../core/chat/refusal.ts';
import type { UpstreamCall } from '../../core/routing/upstream.ts';
import { editRequest } from '../../dialects/anthropic-messages/edit-request.ts';
import { nativeLane } from '../http-upstream.ts';
import { countLane } from './count-lane.ts';
import type { Plan } from './plan.ts';
import type { Target } from './post.ts';

const requestId = /"id"\s*:\s*"(msg_[^"]+)"/;

/** https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude */
export async function askClaude(call: UpstreamCall, door: Door, target: Target): Promise<Plan> {
  if (door.dialect !== 'anthropic-messages') refuse('model', 'not yet');
  const betaHeader = call.headers['anthropic-beta'];
  const { body, betas } = editRequest(call.body, {
    host: 'vertex',
    model: target.model.id,
    stream: call.stream,
    ...(betaHeader !== undefined && { betaHeader }),
  });
  const headers: Record<string, string> = betas.length > 0 ? { 'anthropic-beta': betas.join(',') } : {};
  const shared = { stream: call.stream, dropped: [], requestId };
  if (call.operation === 'count') {
    // https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/count-tokens: the model stands in the body.
    const text = JSON.stringify({ ...body, model: target.model.id });
    return {
      ...shared,
      request: { operation: 'rawPredict', body: text, headers },
      target: { ...target, model: { ...target.model, id: 'count-tokens' } },
      lane: countLane('input_tokens'),
      stream: false,
      bounds: door.native.bounds(body, Buffer.byteLength(text)),
    };
  }
  const text = JSON.stringify(body);
  return {
    ...shared,
    request: { operation: call.stream ? 'streamRawPredict' : 'rawPredict', body: text, headers },
    lane: nativeLane(door.native, call.head),
    bounds: door.native.bounds(body, Buffer.byteLength(text)),
  };
}
