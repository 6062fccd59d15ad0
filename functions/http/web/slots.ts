import { GatewayError } from '../../core/errors.ts';

export interface Slots {
  /** Requests that are being served. */
  inUse(): number;
  /** Takes a slot for a workspace. Throws `service_unavailable` when there is none for it. The result gives it back; once is enough. */
  take(workspaceId: string): () => void;
}

/** While less than this part of all slots is taken, whoever comes first is served. */
const firstCome = 0.9;

/**
 * What one process serves at once, shared between workspaces. The last tenth is only for workspaces that hold less than an equal
 * part of all, so one that floods the process leaves room for others, and what it gives back goes to them first.
 */
export function createSlots(total: number): Slots {
  const held = new Map<string, number>();
  let used = 0;
  return {
    inUse: () => used,
    take(workspaceId) {
      const own = held.get(workspaceId) ?? 0;
      const sharers = own === 0 ? held.size + 1 : held.size;
      const mayTakeLast = own < total / (sharers + 1);
      if (used >= total || (used >= total * firstCome && !mayTakeLast)) throw full();
      held.set(workspaceId, own + 1);
      used++;
      let given = false;
      return () => {
        if (given) return;
        given = true;
        used--;
        const left = (held.get(workspaceId) ?? 1) - 1;
        if (left === 0) held.delete(workspaceId);
        else held.set(workspaceId, left);
      };
    },
  };
}

function full(): GatewayError {
  const message = 'The gateway is serving as many requests as it can at the moment.';
  return new GatewayError('service_unavailable', message, { retryAfterSeconds: 1 });
}
