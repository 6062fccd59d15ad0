import { formatExact, formatShort } from '../../client/format.ts';
import type { KeyState } from '../../client/words.ts';
import { State } from './controls.tsx';

/** A time by the clock, with the exact one for whoever asks. */
export function When({ at }: { at: string }) {
  return (
    <time dateTime={at} title={formatExact(at)}>
      {formatShort(at)}
    </time>
  );
}

/** A state and since when it holds; null: nobody knows. */
export function StateSince({ its: { tone, word }, since }: { its: KeyState; since: string | null }) {
  return (
    <p>
      <State tone={tone}>{word}</State>{' '}
      {since !== null && (
        <span class="muted small">
          since <When at={since} />
        </span>
      )}
    </p>
  );
}
