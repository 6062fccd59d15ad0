import type { Catalogue } from '../core/catalogue/models.ts';
import type { JsonObject } from '../core/json.ts';
import type { CredentialChoice } from '../core/routing/plan.ts';
import type { Provider } from '../core/routing/provider.ts';
import type { Principal } from './admit.ts';
import type { CredentialSource } from './credentials.ts';
import type { Asked, JournalDeps } from './journal.ts';

export interface InferenceDeps extends JournalDeps {
  /** With the operator's prices. */
  catalogue(): Promise<Catalogue>;
  provider(name: string): Promise<Provider>;
  credentials: CredentialSource;
  firstByteTimeoutMs: number;
  deadlineMs: number;
}

export interface InferenceRequest extends Asked {
  principal: Principal;
  kind: 'chat' | 'embeddings';
  /** Checked for shape: `model` is text, `messages` is a list of objects. */
  body: JsonObject;
  bodyBytes: number;
  bodyText?: string;
  choice: CredentialChoice;
  pinnedKey: string | null;
  timeoutMs: number | null;
  callerLeft: AbortSignal;
}

/** Whether the caller wants the usage chunk of a stream. */
export function wantsUsage({ body }: InferenceRequest): boolean {
  return (body.stream_options as JsonObject | undefined)?.include_usage === true;
}

export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string | AsyncIterable<string>;
}
