import { formatExact, formatShort } from '../../client/format.ts';
import { failures } from '../../client/words.ts';
import { SelectField, TextField } from '../parts/controls.tsx';
import { Empty } from '../parts/loaded.tsx';
import { changeQuery, hrefOf, useRoute } from '../shell/route.ts';
import { IfThere, Older, ScrollingTable } from './absent.tsx';
import { type FailedRequest, useRecords } from './records.ts';
import { useWorkspaces } from './workspaces.tsx';

const filters = ['workspace_id', 'kind', 'provider_request_id'] as const;

/** Failed requests of all workspaces, newest first. */
export function FailuresPage() {
  const { query } = useRoute();
  const asked = Object.fromEntries(filters.flatMap((name) => (query.get(name) ? [[name, query.get(name) ?? '']] : [])));
  const records = useRecords<FailedRequest>('/v1/logs', { ...asked, status: 'error' });
  const { data: workspaces } = useWorkspaces();
  const nameOf = (id: string) => workspaces?.find((each) => each.id === id)?.name ?? id;
  return (
    <>
      <div class="page-head">
        <div>
          <h1>Failures</h1>
          <p>Failed requests of all workspaces, newest first.</p>
        </div>
      </div>
      <form class="filters" onSubmit={(event) => event.preventDefault()} aria-label="Filters">
        <SelectField
          label="Workspace"
          value={asked.workspace_id ?? ''}
          change={(value) => changeQuery({ workspace_id: value })}
          options={[['', 'All'], ...(workspaces ?? []).map(({ id, name }): [string, string] => [id, name])]}
        />
        <SelectField
          label="Kind"
          value={asked.kind ?? ''}
          change={(value) => changeQuery({ kind: value })}
          options={[
            ['', 'All'],
            ...Object.keys(failures).map((kind): [string, string] => [kind, kind.replaceAll('_', ' ')]),
          ]}
        />
        <TextField
          label="Provider's request id"
          value={asked.provider_request_id ?? ''}
          change={(value) => changeQuery({ provider_request_id: value.trim() })}
          spellcheck={false}
        />
      </form>
      <IfThere asked={records}>
        {(list) =>
          list.length === 0 ? (
            <Empty title="Nothing failed" />
          ) : (
            <ScrollingTable label="Failed requests" stacked>
              <thead>
                <tr>
                  {['When', 'Workspace', 'Model', 'Status', 'Why'].map((name) => (
                    <th key={name} scope="col">
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {list.map((record) => (
                  <tr key={record.request_id}>
                    <td class="nowrap">
                      <time dateTime={record.at} title={formatExact(record.at)}>
                        {formatShort(record.at)}
                      </time>
                    </td>
                    <td>
                      <a href={hrefOf(['workspaces', record.workspace_id])}>{nameOf(record.workspace_id)}</a>
                    </td>
                    <td>{record.model ?? record.endpoint}</td>
                    <td class="number">{record.status}</td>
                    <td>
                      <code class="tag">{record.kind ?? record.error_code}</code>{' '}
                      <span class="small">{record.message ?? record.attempts.at(-1)?.message}</span>
                      <div class="muted small">
                        <code>{record.request_id}</code>
                      </div>
                    </td>
                  </tr>
                ))}
              </tbody>
            </ScrollingTable>
          )
        }
      </IfThere>
      <Older more={records.more} />
    </>
  );
}
