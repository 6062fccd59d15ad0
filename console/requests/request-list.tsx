import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { counted, formatCount, formatExact, formatMs, formatShort, formatUsd } from '../../client/format.ts';
import { type LogRecord, reasonOf } from '../../client/reason.ts';
import type { ProviderKey } from '../../client/words.ts';
import { State } from '../parts/controls.tsx';
import { Empty, Loaded } from '../parts/loaded.tsx';
import { hrefOf, useRoute } from '../shell/route.ts';
import { Filters, readFilters } from './filters.tsx';
import { useLiveLog } from './live-log.ts';

type NameOf = (id: string | null) => string;

export function RequestList({ nameOf, keys }: { nameOf: NameOf; keys: ProviderKey[] }) {
  const { query } = useRoute();
  const filters = readFilters(query);
  const log = useLiveLog(filters);
  return (
    <>
      <div class="page-head">
        <div>
          <h1>Requests</h1>
          <p>Every request of your workspace, newest first. Open one to see what happened and why.</p>
        </div>
        <p class="live">
          <State tone="ok">Live</State>
        </p>
      </div>
      <Filters keys={keys} />
      <Loaded asked={log} rows={6}>
        {(records) =>
          records.length === 0 ? (
            <None filtered={Object.keys(filters).length > 0} />
          ) : (
            <Rows records={records} nameOf={nameOf} more={log.more} search={query} />
          )
        }
      </Loaded>
    </>
  );
}

function None({ filtered }: { filtered: boolean }) {
  return filtered ? (
    <Empty title="No request matches">
      <p>Change the filters, or take them away.</p>
      <a class="button" href={hrefOf(['requests'])}>
        Show all requests
      </a>
    </Empty>
  ) : (
    <Empty title="No requests yet">
      <p>The first one shows up here the moment it is answered.</p>
      <a class="button primary" href={hrefOf(['playground'])}>
        Send one from the Playground
      </a>
    </Empty>
  );
}

/** Only the rows on screen are in the document, however long the list. `more`: asks for older ones; null: there are none. */
function Rows({
  records,
  nameOf,
  more,
  search,
}: {
  records: LogRecord[];
  nameOf: NameOf;
  more: (() => void) | null;
  search: URLSearchParams;
}) {
  const list = useRef<HTMLDivElement>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => setOffset(list.current?.offsetTop ?? 0), []);
  const rows = useWindowVirtualizer({
    count: records.length,
    estimateSize: () => 62,
    getItemKey: (index) => records[index]?.request_id ?? index,
    overscan: 8,
    scrollMargin: offset,
  });
  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= records.length - 10) more?.();
  }, [last, records.length, more]);
  return (
    <>
      <div ref={list} class="card log">
        <ul aria-label="Requests" style={{ height: `${rows.getTotalSize()}px` }}>
          {items.map(({ key, index, start }) => {
            const record = records[index];
            return (
              record && (
                <li
                  key={key}
                  aria-setsize={more === null ? records.length : -1}
                  aria-posinset={index + 1}
                  data-index={index}
                  ref={rows.measureElement}
                  class="log-item"
                  style={{ transform: `translateY(${start - offset}px)` }}
                >
                  <Row record={record} nameOf={nameOf} search={search} />
                </li>
              )
            );
          })}
        </ul>
      </div>
      <p class="muted small log-end">
        {more === null ? `${counted(records.length, 'request')}, and no older ones.` : 'Loading older requests…'}
      </p>
    </>
  );
}

function Row({ record, nameOf, search }: { record: LogRecord; nameOf: NameOf; search: URLSearchParams }) {
  const { tone, word, title } = reasonOf(record, nameOf);
  const tokens = record.usage === null ? null : record.usage.prompt_tokens + record.usage.completion_tokens;
  return (
    <a class="log-row" href={hrefOf(['requests', record.request_id], search)}>
      <span class="log-state">
        <State tone={tone}>{word}</State>
        <span class="muted small">{record.status}</span>
      </span>
      <span class="log-what">
        <span class="log-model">{record.model ?? record.endpoint}</span>
        <span class="muted small log-why">{title}</span>
      </span>
      <span class="log-numbers muted small">
        <span>{tokens === null ? '' : `${formatCount(tokens)} tokens`}</span>
        <span>{paidBy(record)}</span>
      </span>
      <span class="log-time muted small">
        <time dateTime={record.at} title={formatExact(record.at)}>
          {formatShort(record.at)}
        </time>
        <span>{formatMs(record.total_ms)}</span>
      </span>
    </a>
  );
}

function paidBy({ error_code, credential, cost }: LogRecord): string {
  if (credential === 'platform') return formatUsd(cost);
  return credential === 'byok' && error_code === null ? 'own key' : '';
}
