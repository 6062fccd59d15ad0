import { formatMs } from '../../client/format.ts';
import type { Attempt, LogRecord } from '../../client/reason.ts';
import { failures } from '../../client/words.ts';
import { Copyable, State } from '../parts/controls.tsx';

/** The attempts in order, each with a bar that shows when it ran within the whole. Between them is the gateway's own time. */
export function Timeline({ record, nameOf }: { record: LogRecord; nameOf: (id: string | null) => string }) {
  const whole = Math.max(
    record.total_ms,
    record.attempts.reduce((sum, { ms }) => sum + ms, 0),
    1,
  );
  let start = 0;
  const placed = record.attempts.map((attempt) => {
    const from = start;
    start += attempt.ms;
    return { attempt, from };
  });
  return (
    <ol class="card timeline">
      {placed.map(({ attempt, from }, index) => (
        <li key={index} class="attempt">
          <Step
            attempt={attempt}
            name={
              attempt.target === 'byok' ? `Your key “${nameOf(attempt.provider_key_id)}”` : "The platform's credentials"
            }
          />
          <div class="track" aria-hidden="true">
            <div
              class={attempt.kind === null ? 'bar ok' : 'bar bad'}
              style={{ marginLeft: `${(from / whole) * 100}%`, width: `max(3px, ${(attempt.ms / whole) * 100}%)` }}
            />
          </div>
          {attempt.message !== null && attempt.message !== '' && (
            <figure class="words">
              <figcaption class="muted small">In the provider's words</figcaption>
              <blockquote class="quote">{attempt.message}</blockquote>
            </figure>
          )}
        </li>
      ))}
    </ol>
  );
}

function Step({ attempt, name }: { attempt: Attempt; name: string }) {
  const { kind, status, code, provider, region, provider_request_id: id, ms } = attempt;
  return (
    <div class="step">
      <div class="spread">
        <h3>{name}</h3>
        <State tone={kind === null ? 'ok' : 'bad'}>{kind === null ? 'Served' : 'Failed'}</State>
      </div>
      <p class="small">
        <span class="muted">
          {provider}
          {region !== null && ` · ${region}`} · {formatMs(ms)}
          {status !== null && ` · status ${status}`}
        </span>
        {code !== null && (
          <>
            {' '}
            <code class="tag">{code}</code>
          </>
        )}
      </p>
      {kind !== null && <p>It {failures[kind].what}.</p>}
      {id !== null && (
        <p class="small muted">
          Provider's request id <Copyable text={id} what="provider's request id" />
        </p>
      )}
    </div>
  );
}
