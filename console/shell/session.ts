import { ApiError } from '../../client/api-error.ts';
import { createClient } from '../../client/client.ts';
import { type Role, roleOf } from '../../client/role.ts';

export interface Session {
  key: string;
  role: Role;
}

const place = 'keyway.session';

/** The gateway's own address: what comes before `/console` in the page's, so that a stage (`/prod`) stays. */
export const gatewayUrl = location.origin + location.pathname.replace(/\/console(\/.*)?$/, '');

/** The one place that holds the key: this tab's session storage, until it is closed. */
export function keptSession(): Session | null {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(place) ?? 'null');
    return isSession(kept) ? kept : null;
  } catch {
    return null;
  }
}

export function keepSession(session: Session | null): void {
  if (session === null) sessionStorage.removeItem(place);
  else sessionStorage.setItem(place, JSON.stringify(session));
}

function isSession(value: unknown): value is Session {
  return (
    typeof value === 'object' && value !== null && 'key' in value && typeof value.key === 'string' && 'role' in value
  );
}

/** Asks the gateway what a pasted key opens. Rejects with what the gateway says when it opens nothing. */
export async function signIn(pasted: string): Promise<Session> {
  const key = pasted.trim();
  return { key, role: await roleOf(createClient({ baseUrl: gatewayUrl, key: () => key }), key) };
}

/** Whether an error says that the key itself opens nothing any more: expired, revoked, or its workspace switched off. */
export function endsSession(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.code === 'unauthorized' || error.code === 'key_disabled');
}
