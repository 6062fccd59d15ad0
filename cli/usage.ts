import { Option } from '@commander-js/extra-typings';
import { bodyOf, type Schemas } from '../client/client.ts';
import { formatCount, formatUsd } from '../client/format.ts';
import { groups, type Sum, sumBy, total } from '../client/usage-sums.ts';
import { timeAt } from './logs/filters.ts';
import { Problem } from './terminal/problem.ts';
import { printTable } from './terminal/table.ts';
import { command, type Gateway, openGateway, printJson, type World } from './world.ts';

type UsageRow = Schemas['UsageRow'];

export function usageCommand(world: World) {
  const time = timeAt(world.terminal.now);
  return command('usage', 'what was used, and what it cost')
    .addOption(
      new Option('--by <what>', 'what is summed up').choices([...groups, 'workspace'] as const).default('day' as const),
    )
    .option('--from <time>', 'since then: 7d, 12h or a time', time)
    .option('--to <time>', 'until then', time)
    .option('--workspace <id>', 'operators: one workspace, as that sees it')
    .action(async ({ by, from, to, workspace, ...options }) => {
      const usage = await readUsage(openGateway(world, options), {
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
        ...(workspace !== undefined && { workspace_id: workspace }),
      });
      if (options.json) return printJson(world, { object: 'list', ...usage });
      const { out } = world;
      out.line({ text: `${usage.from.slice(0, 16)}Z to ${usage.to.slice(0, 16)}Z`, style: 'dim' });
      if (usage.data.length === 0) return out.line('Nothing was used.');
      const sums = by === 'workspace' ? sumBy(usage.data.map(workspaceAsName), 'model') : sumBy(usage.data, by);
      printTable(out, columns(by), sums.length > 1 ? [...sums, { ...total(usage.data), name: 'all' }] : sums);
    });
}

/** An operator's token gets a page of workspaces at a time. */
async function readUsage({ client }: Gateway, query: { from?: string; to?: string; workspace_id?: string }) {
  const data: UsageRow[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await bodyOf(
      client.GET('/v1/usage', { params: { query: { ...query, ...(cursor !== undefined && { cursor }) } } }),
    );
    // CSV is for those who ask for it.
    if (typeof page === 'string') throw new Problem('The gateway answered with CSV.');
    data.push(...page.data);
    if (page.next_cursor === null) return { from: page.from, to: page.to, data };
    cursor = page.next_cursor;
  }
}

function workspaceAsName(row: UsageRow): UsageRow {
  return { ...row, model: row.workspace_id ?? 'this workspace' };
}

const columns = (by: string) => [
  { head: by, cell: ({ name }: Sum) => name, flexible: true },
  { head: 'requests', cell: ({ requests }: Sum) => formatCount(requests), right: true },
  { head: 'failed', cell: ({ errors }: Sum) => formatCount(errors), right: true },
  { head: 'own keys', cell: ({ own }: Sum) => formatCount(own), right: true },
  { head: 'platform', cell: ({ platform }: Sum) => formatCount(platform), right: true },
  { head: 'tokens', cell: ({ tokens }: Sum) => formatCount(tokens), right: true },
  { head: 'charged', cell: ({ charged }: Sum) => formatUsd(charged), right: true },
  { head: 'own keys at price', cell: ({ ownAtPrice }: Sum) => formatUsd(ownAtPrice), right: true },
];
