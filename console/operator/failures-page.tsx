import { failures } from '../../client/words.ts';
import { SelectField, TextField } from '../parts/controls.tsx';
import { Empty } from '../parts/loaded.tsx';
import { Table } from '../parts/table.tsx';
import { When } from '../parts/when.tsx';
import { changeQuery, hrefOf } from '../shell/route.ts';
import { IfThere, Older } from './absent.tsx';
import { type FailedRequest, useFilters, useRecords } from './records.ts';
import { useWorkspaces } from './workspaces.tsx';

const filters = ['workspace_id', 'kind', 'provider_request_id'] as const;

/** Failed requests of all workspaces, newest first. */
export function FailuresPage() {
  const asked = useFilters(filters);
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
            <Table label="Failed requests" columns={['When', 'Workspace', 'Model', 'Status', 'Why']} stacked>
              {list.map((record) => (
                <tr key={record.request_id}>
                  <td class="nowrap">
                    <When at={record.at} />
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
            </Table>
          )
        }
      </IfThere>
      <Older more={records.more} />
    </>
  );
}
