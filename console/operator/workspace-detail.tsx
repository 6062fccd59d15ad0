import { useState } from 'preact/hooks';
import type { Schemas } from '../../client/client.ts';
import { formatCount, formatUsd } from '../../client/format.ts';
import { total, type UsageRow } from '../../client/usage-sums.ts';
import { failures, nameOf, stateOf } from '../../client/words.ts';
import { Copyable, Icon, State } from '../parts/controls.tsx';
import { Empty } from '../parts/loaded.tsx';
import { hrefOf } from '../shell/route.ts';
import { IfThere } from './absent.tsx';
import { AddCredit, EditWorkspace } from './change-workspace.tsx';
import { useOptional } from './records.ts';
import { StateOf, type Workspace } from './workspaces.tsx';

export function WorkspaceDetail({ its }: { its: Workspace }) {
  const [open, setOpen] = useState<'credit' | 'edit' | null>(null);
  const close = () => setOpen(null);
  return (
    <div class="stack detail">
      <a class="row back" href={hrefOf(['workspaces'])}>
        <Icon name="back" /> Workspaces
      </a>
      <header class="spread">
        <div>
          <h1>{its.name}</h1>
          <p class="row">
            <StateOf its={its} />
            <Copyable text={its.id} what="workspace id" />
          </p>
        </div>
        <div class="row">
          <button type="button" class="button primary" onClick={() => setOpen('credit')}>
            Add credit
          </button>
          <button type="button" class="button" onClick={() => setOpen('edit')}>
            Edit
          </button>
        </div>
      </header>
      <dl class="totals">
        {[
          ['Credit', formatUsd(its.balance_usd)],
          ['Held for running requests', formatUsd(its.held_usd)],
          ['Fallback cap a day', its.fallback_cap_day_usd === null ? 'none' : formatUsd(its.fallback_cap_day_usd)],
          [
            'Fallback cap a month',
            its.fallback_cap_month_usd === null ? 'none' : formatUsd(its.fallback_cap_month_usd),
          ],
          ['Log kept', `${formatCount(its.retention_days)} days`],
        ].map(([name, value]) => (
          <div key={name} class="card padded">
            <dt class="muted small">{name}</dt>
            <dd class="big">{value}</dd>
          </div>
        ))}
      </dl>
      <Used id={its.id} />
      <Keys id={its.id} />
      <p class="row">
        <a class="button" href={hrefOf(['failures'], { workspace_id: its.id })}>
          Its failures
        </a>
        <a class="button" href={hrefOf(['changes'], { workspace_id: its.id })}>
          Its changes
        </a>
      </p>
      {open === 'credit' && <AddCredit its={its} close={close} />}
      {open === 'edit' && <EditWorkspace its={its} close={close} />}
    </div>
  );
}

function Used({ id }: { id: string }) {
  const usage = useOptional<{ data: UsageRow[] }>('/v1/usage', { workspace_id: id });
  return (
    <section class="stack">
      <h2>Last 30 days</h2>
      <IfThere asked={usage}>
        {({ data }) => {
          const all = total(data);
          return (
            <p>
              {formatCount(all.requests)} requests, {formatCount(all.errors)} of them failed; {formatUsd(all.charged)}{' '}
              charged to credit, {formatUsd(all.ownAtPrice)} spent on own keys.
            </p>
          );
        }}
      </IfThere>
    </section>
  );
}

function Keys({ id }: { id: string }) {
  const keys = useOptional<{ data: Schemas['ProviderKey'][] }>(
    `/v1/workspaces/${encodeURIComponent(id)}/provider-keys`,
    { limit: '100' },
  );
  return (
    <section class="stack">
      <h2>Provider keys</h2>
      <IfThere asked={keys}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title="None" />
          ) : (
            <ul class="card">
              {data.map((key) => {
                const { tone, word } = stateOf(key);
                return (
                  <li key={key.id} class="attempt">
                    <div class="spread">
                      <div>
                        <h3>{nameOf(key)}</h3>
                        <p class="muted small">
                          {key.provider} · <code>{key.id}</code>
                        </p>
                      </div>
                      <State tone={tone}>{word}</State>
                    </div>
                    {key.health.last_error !== null && tone !== 'ok' && (
                      <p class="small">
                        The key {failures[key.health.last_error.kind].what}.{' '}
                        <code>{key.health.last_error.message}</code>
                      </p>
                    )}
                  </li>
                );
              })}
            </ul>
          )
        }
      </IfThere>
    </section>
  );
}
