import type { KeyState } from '../../client/words.ts';
import { State, TextField } from '../parts/controls.tsx';
import { Empty } from '../parts/loaded.tsx';
import { Table } from '../parts/table.tsx';
import { When } from '../parts/when.tsx';
import { changeQuery } from '../shell/route.ts';
import { IfThere, Older } from './absent.tsx';
import { type Change, useFilters, useRecords } from './records.ts';

const filters = ['workspace_id', 'actor', 'operation'] as const;
const filterWords = { workspace_id: 'Workspace id', actor: 'Who', operation: 'Operation' };
const outcomes: Record<Change['outcome'], KeyState> = {
  done: { tone: 'ok', word: 'Done' },
  pending: { tone: 'warn', word: 'Under way' },
  refused: { tone: 'quiet', word: 'Refused' },
  failed: { tone: 'bad', word: 'Failed' },
};

/** The audit trail: who changed what, newest first. */
export function ChangesPage() {
  const asked = useFilters(filters);
  const changes = useRecords<Change>('/v1/audit', asked);
  return (
    <>
      <div class="page-head">
        <div>
          <h1>Changes</h1>
          <p>Who changed what, newest first.</p>
        </div>
      </div>
      <form class="filters" onSubmit={(event) => event.preventDefault()} aria-label="Filters">
        {filters.map((name) => (
          <TextField
            key={name}
            label={filterWords[name]}
            value={asked[name] ?? ''}
            change={(value) => changeQuery({ [name]: value.trim() })}
            spellcheck={false}
          />
        ))}
      </form>
      <IfThere asked={changes}>
        {(list) =>
          list.length === 0 ? (
            <Empty title="No change was recorded" />
          ) : (
            <Table label="Changes" columns={['When', 'Who', 'What', 'Outcome']} stacked>
              {list.map((change) => (
                <tr key={change.request_id}>
                  <td class="nowrap">
                    <When at={change.at} />
                  </td>
                  <td>
                    {change.actor.id ?? 'an operator'}
                    {change.actor.role !== undefined && <span class="muted small"> {change.actor.role}</span>}
                  </td>
                  <td>
                    <code>{change.operation}</code> {change.target !== null && <code class="tag">{change.target}</code>}
                    <Difference before={change.before} after={change.after} />
                  </td>
                  <td>
                    <State tone={outcomes[change.outcome].tone}>{outcomes[change.outcome].word}</State>
                    {change.error_code !== null && (
                      <div class="muted small">
                        <code>{change.error_code}</code>
                      </div>
                    )}
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </IfThere>
      <Older more={changes.more} />
    </>
  );
}

/** The fields that differ, each with what it was and what it became. */
function Difference({ before, after }: { before: Change['before']; after: Change['after'] }) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const changed = names.filter((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]));
  if (changed.length === 0 || before === null || after === null) return null;
  return (
    <ul class="small muted">
      {changed.map((name) => (
        <li key={name}>
          {name}: {JSON.stringify(before[name]) ?? 'none'} → {JSON.stringify(after[name]) ?? 'none'}
        </li>
      ))}
    </ul>
  );
}
