import type { AttributeValue, DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { formatTime } from '../functions/core/ids.ts';
import type { Mark } from '../functions/core/more-ports/sweep.ts';
import type { CoordinateDeps } from '../functions/gateway/sweep/coordinate.ts';
import type { Work, WorkDeps } from '../functions/gateway/sweep/work.ts';
import { logShards } from '../functions/stores/log/log-items.ts';
import { createUsagePages } from '../functions/stores/log/usage-pages.ts';
import { firstIn, item, requestId } from './simulated-records.ts';
import { idOf, model, numberOf, type Processor, type Stored, type World } from './simulated-world.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The sweep's ports over one simulated account, for one processor: everything that a call costs is waited for. */
export function createSimulatedStores(world: World, time: VirtualTime, stored: Stored, cpu: Processor) {
  const compute = async (ms: number) => {
    cpu.freeAt = Math.max(time.now(), cpu.freeAt) + ms;
    await time.sleep(cpu.freeAt - time.now());
  };
  const call = async (megabytes = 0, items = 1) => {
    await time.sleep(model.call + megabytes * model.megabyte);
    await compute(model.callCpu + items * model.itemCpu);
  };
  const read = async (units: number, megabytes = 0, items = 1) => {
    stored.units.reads += units;
    await call(megabytes, items);
  };
  const write = async () => {
    stored.units.writes++;
    await call();
  };
  const busy = new Map<string, number>();

  /** One page of a partition of the log, as DynamoDB gives it. */
  const query = async (command: QueryCommand) => {
    const { ExpressionAttributeValues: values = {}, ExclusiveStartKey } = command.input;
    const [id = '', shard = ''] = (values[':pk']?.S ?? '').split('#');
    const workspace = numberOf(id);
    const oldest = ExclusiveStartKey?.sk?.S ?? values[':oldest']?.S ?? '';
    const newest = values[':newest']?.S ?? '';
    const perPage = Math.floor(1_048_576 / world.recordBytes);
    const Items: Record<string, AttributeValue>[] = [];
    let last: string | null = null;
    for (let hour = 0; last === null && world.start + hour * world.hourMs < time.now(); hour++) {
      const begins = world.start + hour * world.hourMs;
      if (`req_${formatTime(begins + world.hourMs)}` <= oldest || `req_${formatTime(begins)}` > newest) continue;
      const count = world.requests(workspace, hour);
      for (let i = firstIn(begins, Number(shard), oldest); i < count; i += logShards) {
        const sk = requestId(begins, i);
        if (sk > newest) break;
        if (sk <= oldest) continue;
        if (Items.length === perPage) {
          last = Items.at(-1)?.sk?.S ?? null;
          break;
        }
        Items.push(item(sk, begins + i, i));
      }
    }
    const megabytes = (Items.length * world.recordBytes) / 1_048_576;
    stored.units.reads += Math.max(1, Math.ceil(megabytes * 256));
    const partition = `${id}#${shard}`;
    const begin = Math.max(time.now(), busy.get(partition) ?? 0);
    busy.set(partition, begin + (megabytes / model.partitionMegabytes) * 1000);
    await time.sleep(begin - time.now());
    await call(megabytes, 0);
    await compute(Items.length * world.recordCpu);
    return { Items, ...(last !== null && { LastEvaluatedKey: { pk: { S: partition }, sk: { S: last } } }) };
  };

  const deps: CoordinateDeps & WorkDeps = {
    now: time.now,
    report: (event, details) => console.log('  reported', event, JSON.stringify(details)),
    say: (what, done) => {
      for (const [name, value] of Object.entries(done))
        if (typeof value === 'number')
          stored.said.set(`${what} ${name}`, (stored.said.get(`${what} ${name}`) ?? 0) + value);
    },
    marks: {
      async *list(hour) {
        const found = [...(hour === null ? [] : (stored.marks.get(hour)?.values() ?? []))];
        const partitions = hour === null ? 1 : 8;
        await Promise.all(
          Array.from({ length: partitions }, () =>
            read(
              Math.max(1, (found.length * 100) / partitions / 4096),
              (found.length * 100) / partitions / 1e6,
              found.length / partitions,
            ),
          ),
        );
        yield found;
      },
      async put(mark) {
        await write();
        const ofHour = stored.marks.get(mark.hour) ?? new Map<string, Mark>();
        stored.marks.set(mark.hour, ofHour.set(mark.workspaceId, mark));
      },
      async stands(mark) {
        await read(1);
        return stored.marks.get(mark.hour)?.get(mark.workspaceId)?.at === mark.at;
      },
      async remove(mark) {
        await write();
        const ofHour = stored.marks.get(mark.hour);
        if (ofHour?.get(mark.workspaceId)?.at === mark.at) ofHour.delete(mark.workspaceId);
      },
    },
    state: {
      async read() {
        await read(1);
        return { until: 0, markedFrom: 0, rounded: 0, roundAt: 0, secretsAt: 0, ...stored.state };
      },
      async advance(mark, to) {
        await write();
        stored.state[mark] = Math.max(stored.state[mark] ?? 0, to);
      },
    },
    book: {
      async list(ids, before) {
        for (let start = 0; start < ids.length; start += 800)
          await Promise.all(
            Array.from({ length: Math.ceil(Math.min(800, ids.length - start) / 100) }, () => read(50, 0.02, 100)),
          );
        return ids
          .filter((id) => world.holds.has(numberOf(id)) && !stored.lapsed.has(numberOf(id)) && world.start < before)
          .map((workspaceId) => ({
            workspaceId,
            holds: [
              { requestId: requestId(world.start, 500_000), at: world.start, amount: 5, counters: [], apiKey: null },
            ],
            pastCounters: [],
            isSpread: false,
          }));
      },
      async lapse(id) {
        await write();
        stored.lapsed.add(numberOf(id));
      },
      drop: write,
      dropCounters: write,
    },
    ledger: { hold: async () => true, settle: write, charge: write, gather: async () => false },
    log: {
      async get() {
        await read(1);
        return null;
      },
      writeIfNone: write,
    },
    workspaces: {
      async get() {
        await read(1);
        return null;
      },
    },
    usageLog: createUsagePages({ send: query } as unknown as DynamoDBClient, 'log'),
    sums: {
      async head(id) {
        await read(1);
        return structuredClone(stored.heads.get(id) ?? { until: 0, draft: null });
      },
      async put(id, hour, rows) {
        await write();
        stored.hours.set(`${id} ${hour}`, rows);
      },
      async move(id, known, next) {
        await write();
        const is = stored.heads.get(id) ?? { until: 0, draft: null };
        if (is.until !== known.until || is.draft?.after !== known.draft?.after) return false;
        stored.heads.set(id, structuredClone(next));
        return true;
      },
    },
    hours: {
      async *workspaces(after = null) {
        const first = after === null || after === undefined ? 0 : numberOf(after) + 1;
        for (let from = first; from < world.workspaces; from += 100) {
          if ((from - first) % 10_000 === 0) await read(128, 1, 10_000);
          yield Array.from({ length: Math.min(100, world.workspaces - from) }, (_, i) => idOf(from + i));
        }
      },
    },
    keys: {
      async list() {
        await read(1);
        return { keys: [{ id: 'pk_1', secretVersion: 'v' } as never], health: {}, revision: 1 };
      },
    },
    table: async () => ({ id: 'table', since: 0, isNewer: false }),
    inventories: [
      {
        store: 'secrets-manager' as const,
        holds: async () => true,
        async page(cursor) {
          await time.sleep(model.listSecrets);
          await compute(model.callCpu + 100 * model.itemCpu);
          const from = Number(cursor ?? 0);
          const secrets = Array.from({ length: Math.min(100, world.workspaces - from) }, (_, i) => ({
            ...{ workspaceId: idOf(from + i), keyId: 'pk_1', owner: 'table', createdAt: 0, changedAt: 0 },
            ...{ current: 'v', pending: [] },
          }));
          return { secrets, next: from + 100 < world.workspaces ? String(from + 100) : null };
        },
        ...{ adopt: write, promote: write, discard: write, retire: write },
      },
    ],
    queue: {
      async send(works: Work[]) {
        for (let start = 0; start < works.length; start += 80) {
          await time.sleep(model.sqs);
          await compute(Math.ceil(Math.min(80, works.length - start) / 10) * model.callCpu);
        }
        stored.queue.push(...works.map((work) => JSON.stringify(work)));
        stored.units.messages += works.length;
      },
      async waiting() {
        await time.sleep(model.sqs);
        return stored.queue.length;
      },
    },
  };
  return { deps, compute };
}
