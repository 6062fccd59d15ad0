import type { ComponentChildren } from 'preact';
import { ApiError, Unreachable } from '../../client/api-error.ts';
import type { Tone } from '../../client/words.ts';
import { Copyable } from './controls.tsx';

export function Notice({ tone, title, children }: { tone: Tone; title: string; children?: ComponentChildren }) {
  return (
    <div class={`notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <p class="notice-title">{title}</p>
      {children}
    </div>
  );
}

/** What went wrong, what to do about it, and the id that leads to it. `again`: asks once more. */
export function ErrorNotice({ error, again }: { error: unknown; again?: () => void }) {
  const { title, hint } = wordsOf(error);
  return (
    <Notice tone="bad" title={title}>
      {hint !== null && <p>{hint}</p>}
      {error instanceof ApiError && error.requestId !== null && (
        <p class="small">
          Request <Copyable text={error.requestId} what="request id" />
        </p>
      )}
      {again && (
        <button type="button" class="button" onClick={again}>
          Try again
        </button>
      )}
    </Notice>
  );
}

function wordsOf(error: unknown): { title: string; hint: string | null } {
  if (error instanceof Unreachable)
    return {
      title: 'The gateway does not answer.',
      hint: 'Check your connection, and that the gateway at this address is running.',
    };
  if (error instanceof ApiError) return { title: error.message, hint: error.hint };
  return { title: 'This page failed.', hint: error instanceof Error ? error.message : null };
}
