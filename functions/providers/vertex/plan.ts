import type { RequestBounds } from '../../core/chat/bounds.ts';
import type { Frame } from '../../core/chat/frame.ts';
import type { Prepared, UpstreamCall, UpstreamResult } from '../../core/routing/upstream.ts';
import { type AnswerLane, receive } from '../http-upstream.ts';
import type { Post, Target, VertexRequest } from './post.ts';
import { vertexProvider } from './vertex-provider.ts';

/** One call, ready to be made: what is sent where, and how its answer is read. */
export interface Plan {
  request: VertexRequest;
  /** Where it goes instead of the call's own model. */
  target?: Target;
  lane: AnswerLane;
  stream: boolean;
  bounds: RequestBounds;
  dropped: string[];
  /** Where the answer, or the first event of a stream, tells the provider's own id of the request, for want of a header. */
  requestId: RegExp;
}

export function ready(call: UpstreamCall, target: Target, post: Post, plan: Plan): Prepared {
  return {
    type: 'ready',
    dropped: plan.dropped,
    bounds: plan.bounds,
    async send(signal) {
      const answer = await post(call, plan.target ?? target, plan.request, signal);
      if ('failure' in answer) return { type: 'failure', failure: answer.failure };
      const { lane, seen } = watchId(plan.lane, plan.requestId);
      return withId(await receive(vertexProvider(target.place), answer, lane, plan.stream), seen);
    },
  };
}

function watchId(lane: AnswerLane, pattern: RegExp): { lane: AnswerLane; seen: () => string | null } {
  let id: string | null = null;
  const look = (text: string) => {
    id ??= pattern.exec(text)?.[1] ?? null;
  };
  return {
    lane: {
      readAnswer(text) {
        look(text);
        return lane.readAnswer(text);
      },
      createRelay(readError) {
        const relay = lane.createRelay(readError);
        const push: typeof relay.push = (event) => {
          look(event);
          return relay.push(event);
        };
        return { ...relay, push };
      },
    },
    seen: () => id,
  };
}

/** A stream tells its id when its first events have come, which whoever called waits for anyway. */
async function withId(result: UpstreamResult, seen: () => string | null): Promise<UpstreamResult> {
  if (result.type === 'failure' || result.type === 'uncountable' || result.providerRequestId !== null) return result;
  if (result.type === 'json') return { ...result, providerRequestId: seen() };
  const frames = result.frames[Symbol.asyncIterator]();
  const first = await frames.next();
  return { type: 'stream', frames: resume(first, frames), providerRequestId: seen() };
}

function resume(first: IteratorResult<Frame[]>, rest: AsyncIterator<Frame[]>): AsyncIterable<Frame[]> {
  let waiting: IteratorResult<Frame[]> | null = first;
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const result = waiting ?? (await rest.next());
        waiting = null;
        return result;
      },
      async return() {
        return (await rest.return?.()) ?? { done: true, value: undefined };
      },
    }),
  };
}
