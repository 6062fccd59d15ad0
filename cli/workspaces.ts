import { bodyOf, itemsOf, type Schemas } from '../client/client.ts';
import { formatUsd } from '../client/format.ts';
import { listKeys } from './keys/find-key.ts';
import { printKeys } from './keys/show-keys.ts';
import { type Piece, toned } from './terminal/paper.ts';
import { printFacts, printTable } from './terminal/table.ts';
import { command, openGateway, printJson, type World } from './world.ts';

type Workspace = Schemas['Workspace'];

export function workspacesCommands(world: World) {
  return [listCommand(world), showCommand(world)];
}

function listCommand(world: World) {
  return command('list', 'all workspaces, with their credit').action(async (options) => {
    const { client } = openGateway(world, options);
    const workspaces = await Array.fromAsync(
      itemsOf((cursor) =>
        client.GET('/v1/workspaces', { params: { query: { limit: '100', ...(cursor !== undefined && { cursor }) } } }),
      ),
    );
    if (options.json) return printJson(world, { object: 'list', data: workspaces });
    if (workspaces.length === 0) return world.out.line('There are no workspaces.');
    printTable<Workspace>(
      world.out,
      [
        { head: 'name', cell: ({ name }) => name, flexible: true },
        { head: 'state', cell: stateOf },
        { head: 'credit', cell: ({ balance_usd }) => formatUsd(balance_usd), right: true },
        { head: 'available', cell: ({ available_usd }) => formatUsd(available_usd), right: true },
        { head: 'made', cell: ({ created_at }) => created_at.slice(0, 10) },
        { head: 'id', cell: ({ id }) => id },
      ],
      workspaces,
    );
  });
}

function showCommand(world: World) {
  return command('show', 'one workspace, and its provider keys with their health')
    .argument('<workspace>', 'its id, ws_…')
    .action(async (id, options) => {
      const gateway = openGateway(world, options);
      const [workspace, keys] = await Promise.all([
        bodyOf(gateway.client.GET('/v1/workspaces/{id}', { params: { path: { id } } })),
        listKeys(gateway, id),
      ]);
      if (options.json) return printJson(world, { ...workspace, provider_keys: keys });
      const { out } = world;
      out.line({ text: workspace.name, style: 'bold' }, '  ', stateOf(workspace));
      const number = (value: number | null) => (value === null ? null : String(value));
      printFacts(out, [
        ['Id', workspace.id],
        ['Credit', formatUsd(workspace.balance_usd)],
        ['Held by requests', formatUsd(workspace.held_usd)],
        ['Available', formatUsd(workspace.available_usd)],
        ['Cap in a day', workspace.fallback_cap_day_usd && formatUsd(workspace.fallback_cap_day_usd)],
        ['Cap in a month', workspace.fallback_cap_month_usd && formatUsd(workspace.fallback_cap_month_usd)],
        ['Requests in a minute', number(workspace.requests_per_minute)],
        ['Requests in flight', number(workspace.requests_in_flight)],
        ['Tokens in a minute', number(workspace.tokens_per_minute)],
        ['Log kept', `${workspace.retention_days} days`],
        ['Suspended because', workspace.suspended_reason],
      ]);
      out.line();
      if (keys.length === 0) out.line('It has no provider keys.');
      else printKeys(world, keys);
    });
}

function stateOf({ enabled, suspended }: Workspace): Piece {
  if (!enabled) return toned('quiet', 'Switched off');
  return suspended ? toned('bad', 'Suspended') : toned('ok', 'Active');
}
