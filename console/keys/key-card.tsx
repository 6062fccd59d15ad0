import { useSortable } from '@dnd-kit/sortable';
import { useState } from 'preact/hooks';
import { counted, formatExact, formatShort, formatUsd } from '../../client/format.ts';
import { failures, modelNames, nameOf, type ProviderKey, stateOf, titleOf } from '../../client/words.ts';
import { Ago, Icon, State } from '../parts/controls.tsx';
import { useProviders } from '../shell/api.tsx';
import { hrefOf } from '../shell/route.ts';
import { DeleteKey, EditKey, RotateKey } from './change-key.tsx';
import { Exclusive } from './exclusive.tsx';
import { Instead } from './instead.tsx';
import { TestKey } from './test-key.tsx';

interface Props {
  its: ProviderKey;
  /** From 1. */
  place: number;
  count: number;
  /** To an index of the list. */
  move: (to: number) => void;
  /** The enabled key that is tried after this one. */
  next: ProviderKey | null;
}

type Open = 'test' | 'edit' | 'rotate' | 'delete';

export function KeyCard({ its, place, count, move, next }: Props) {
  const { data: providers } = useProviders();
  const [open, setOpen] = useState<Open | null>(null);
  const { setNodeRef, setActivatorNodeRef, attributes, listeners, transform, transition, isDragging } = useSortable({
    id: its.id,
  });
  const close = () => setOpen(null);
  const name = nameOf(its);
  const at = transform === null ? {} : { transform: `translate(0, ${transform.y}px)`, transition: transition ?? '' };
  return (
    <li ref={setNodeRef} class={isDragging ? 'card key dragged' : 'card key'} style={at} aria-label={name}>
      <div class="key-place">
        <button
          type="button"
          class="icon-button grip"
          ref={setActivatorNodeRef}
          {...(attributes as object)}
          {...listeners}
          aria-label={`Drag ${name}, ${place} of ${count}`}
          title="Drag, or press space and use the arrow keys"
        >
          <Icon name="grip" />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={`Move ${name} up`}
          // Not disabled: what is disabled loses the focus, in the hands of whoever moves a key to the top.
          aria-disabled={place === 1}
          onClick={() => move(place - 2)}
        >
          <Icon name="up" />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={`Move ${name} down`}
          aria-disabled={place === count}
          onClick={() => move(place)}
        >
          <Icon name="down" />
        </button>
      </div>
      <div class="key-body">
        <div class="spread">
          <div>
            <h2>{its.label ?? titleOf(its.provider, providers)}</h2>
            <p class="muted small">
              {titleOf(its.provider, providers)}
              {its.region !== null && ` · ${its.region}`} · <code>{hintOf(its)}</code>
            </p>
          </div>
          <Health its={its} />
        </div>
        <LastError its={its} />
        <Models its={its} />
        <Exclusive its={its} next={next} />
        <div class="row">
          <button type="button" class="button" onClick={() => setOpen('test')}>
            Test
          </button>
          <button type="button" class="button" onClick={() => setOpen('rotate')}>
            Rotate
          </button>
          <button type="button" class="button" onClick={() => setOpen('edit')}>
            Edit
          </button>
          <a class="button quiet" href={hrefOf(['requests'], { provider_key_id: its.id })}>
            Its requests
          </a>
          <button type="button" class="button quiet last" onClick={() => setOpen('delete')}>
            Delete
          </button>
        </div>
      </div>
      {open === 'test' && <TestKey its={its} close={close} />}
      {open === 'edit' && <EditKey its={its} close={close} />}
      {open === 'rotate' && <RotateKey its={its} close={close} />}
      {open === 'delete' && <DeleteKey its={its} next={next} close={close} />}
    </li>
  );
}

function hintOf({ credential }: ProviderKey): string {
  return credential.type === 'service_account' ? credential.hint : `…${credential.hint.replace(/^[.…]+/, '')}`;
}

function Health({ its }: { its: ProviderKey }) {
  const { tone, word } = stateOf(its);
  const { since, cooling_until } = its.health;
  return (
    <p class="key-state">
      <State tone={tone}>{word}</State>{' '}
      <span class="muted small">
        {its.enabled && since !== null && (
          <>
            since{' '}
            <time dateTime={since} title={formatExact(since)}>
              {formatShort(since)}
            </time>
          </>
        )}
        {its.enabled && cooling_until !== null && (
          <>
            , tried again <Ago at={cooling_until} />
          </>
        )}
      </span>
    </p>
  );
}

/** Why a key fails, what to do about it, and what it cost. Of a key that works again only what it cost is left. */
function LastError({ its }: { its: ProviderKey }) {
  const { last_error: error, state, fallbacks_24h: count, fallback_cost_24h_usd: cost } = its.health;
  const fails = its.enabled && (state === 'failing' || state === 'cooling_down');
  const served = count > 0 && (
    <p>
      In 24 hours the platform's credentials served {counted(count, 'request')} instead, for{' '}
      <strong>{formatUsd(cost)}</strong> of your credit.
    </p>
  );
  if (error === null || !fails) return served ? <div class="notice">{served}</div> : null;
  const { what, todo } = failures[error.kind];
  return (
    <div class={state === 'failing' ? 'notice bad' : 'notice warn'}>
      <p class="notice-title">The key {what}.</p>
      <p>{todo}</p>
      <blockquote class="quote">
        {[error.status, error.code].filter(Boolean).join(' ')}
        {(error.status !== null || error.code !== null) && ': '}
        {error.message}
      </blockquote>
      <Instead its={its} failedAt={error.at} />
      {served}
    </div>
  );
}

function Models({ its }: { its: ProviderKey }) {
  if (its.models === null) return null;
  return (
    <p class="row small">
      <span class="muted">Only for</span>
      {modelNames(its).map((model) => (
        <code key={model} class="tag">
          {model}
        </code>
      ))}
    </p>
  );
}
