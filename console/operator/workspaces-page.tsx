import { useState } from 'preact/hooks';
import { formatCount, formatExact, formatUsd } from '../../client/format.ts';
import { TextField } from '../parts/controls.tsx';
import { Empty, Loaded } from '../parts/loaded.tsx';
import { Table } from '../parts/table.tsx';
import { changeQuery, hrefOf, useRoute } from '../shell/route.ts';
import { NewWorkspace } from './change-workspace.tsx';
import { WorkspaceDetail } from './workspace-detail.tsx';
import { StateOf, useWorkspaces, type Workspace } from './workspaces.tsx';

export function WorkspacesPage() {
  const { path, query } = useRoute();
  const workspaces = useWorkspaces();
  const [adding, setAdding] = useState(false);
  const [, id] = path;
  if (id !== undefined)
    return (
      <Loaded asked={workspaces}>
        {(list) => {
          const found = list.find((each) => each.id === id);
          return found === undefined ? <Empty title="There is no such workspace" /> : <WorkspaceDetail its={found} />;
        }}
      </Loaded>
    );
  const search = query.get('name') ?? '';
  return (
    <>
      <div class="page-head">
        <div>
          <h1>Workspaces</h1>
          <p>Your tenants, with their credit. Open one for its keys, its use and its settings.</p>
        </div>
        <button type="button" class="button primary" onClick={() => setAdding(true)}>
          Create workspace
        </button>
      </div>
      <form class="filters narrow" onSubmit={(event) => event.preventDefault()} aria-label="Filters">
        <TextField label="Name or id" value={search} change={(name) => changeQuery({ name })} spellcheck={false} />
      </form>
      <Loaded asked={workspaces}>{(list) => <List all={list} search={search} />}</Loaded>
      {adding && <NewWorkspace close={() => setAdding(false)} />}
    </>
  );
}

/** What is shown at once: more are found by their name. */
const most = 200;
const columns = [
  'Name',
  'State',
  { name: 'Credit', number: true },
  { name: 'Held', number: true },
  'Made',
] satisfies Parameters<typeof Table>[0]['columns'];

function List({ all, search }: { all: Workspace[]; search: string }) {
  const words = search.toLowerCase().trim();
  const found = all.filter(({ id, name }) => name.toLowerCase().includes(words) || id.toLowerCase() === words);
  if (all.length === 0) return <Empty title="No workspaces yet" />;
  if (found.length === 0) return <Empty title="No workspace has this name or id" />;
  return (
    <>
      <Table label="Workspaces" columns={columns}>
        {found.slice(0, most).map((workspace) => (
          <tr key={workspace.id}>
            <th scope="row">
              <a href={hrefOf(['workspaces', workspace.id])}>{workspace.name}</a>
              <div class="muted small">
                <code>{workspace.id}</code>
              </div>
            </th>
            <td>
              <StateOf its={workspace} />
            </td>
            <td class="number">{formatUsd(workspace.balance_usd)}</td>
            <td class="number">{formatUsd(workspace.held_usd)}</td>
            <td class="nowrap">{formatExact(workspace.created_at)}</td>
          </tr>
        ))}
      </Table>
      {found.length > most && (
        <p class="muted small log-end">
          {formatCount(most)} of {formatCount(found.length)}; search for the others.
        </p>
      )}
    </>
  );
}
