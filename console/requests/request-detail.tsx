import { useQuery } from '@tanstack/preact-query';
import type { ComponentChildren } from 'preact';
import { bodyOf } from '../../client/client.ts';
import { formatCount, formatExact, formatMs, formatUsd } from '../../client/format.ts';
import { type LogRecord, reasonOf } from '../../client/reason.ts';
import { curlOf } from '../../client/repeat.ts';
import { Copyable, Icon, State } from '../parts/controls.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Snippet } from '../parts/snippet.tsx';
import { useClient } from '../shell/api.tsx';
import { hrefOf, useRoute } from '../shell/route.ts';
import { gatewayUrl } from '../shell/session.ts';
import { Timeline } from './timeline.tsx';

type NameOf = (id: string | null) => string;

export function RequestDetail({ id, nameOf }: { id: string; nameOf: NameOf }) {
  const client = useClient();
  const { query } = useRoute();
  const record = useQuery({
    queryKey: ['log', id],
    queryFn: ({ signal }) => bodyOf(client.GET('/v1/logs/{id}', { params: { path: { id } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <div class="stack detail">
      <a class="row back" href={hrefOf(['requests'], query)}>
        <Icon name="back" /> Requests
      </a>
      {record.data === undefined && <h1>Request</h1>}
      <Loaded asked={record} rows={4}>
        {(found) => <Told record={found} nameOf={nameOf} />}
      </Loaded>
    </div>
  );
}

function Told({ record, nameOf }: { record: LogRecord; nameOf: NameOf }) {
  const { tone, word, title, follows, todo } = reasonOf(record, nameOf);
  return (
    <>
      <header>
        <h1>{record.model ?? record.endpoint}</h1>
        <p class="row">
          <State tone={tone}>{word}</State>
          <span class="muted">
            {record.status} · {formatExact(record.at)} · {formatMs(record.total_ms)}
          </span>
        </p>
      </header>
      <section class={`notice ${tone}`} aria-label="What happened">
        <p class="notice-title why">{title}</p>
        {follows.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
        {todo !== null && (
          <p>
            <strong>What to do:</strong> {todo}
          </p>
        )}
      </section>
      {record.attempts.length > 0 && (
        <section class="stack">
          <h2>What was tried</h2>
          <Timeline record={record} nameOf={nameOf} />
        </section>
      )}
      <section class="stack">
        <h2>The request</h2>
        <Facts record={record} nameOf={nameOf} />
      </section>
      <section class="stack">
        <h2>Send it again</h2>
        <p class="muted small">
          Keyway keeps no prompts, so this one asks something of its own. Put your API key into KEYWAY_KEY first.
        </p>
        <Snippet text={curlOf(record, gatewayUrl)} what="command" />
      </section>
    </>
  );
}

function Facts({ record, nameOf }: { record: LogRecord; nameOf: NameOf }) {
  const { usage } = record;
  const tokens =
    usage &&
    [
      `${formatCount(usage.prompt_tokens)} in${usage.cached_tokens > 0 ? ` (${formatCount(usage.cached_tokens)} cached)` : ''}`,
      `${formatCount(usage.completion_tokens)} out${usage.reasoning_tokens > 0 ? ` (${formatCount(usage.reasoning_tokens)} reasoning)` : ''}`,
    ].join(', ');
  const rows: [string, ComponentChildren][] = [
    ['Request id', <Copyable text={record.request_id} what="request id" />],
    ['Endpoint', <code>{record.endpoint}</code>],
    ['Streamed', record.stream ? 'yes' : 'no'],
    ['Served by', servedBy(record, nameOf)],
    ["Provider's model", record.provider_model && <code>{record.provider_model}</code>],
    [
      "Provider's request id",
      record.provider_request_id && <Copyable text={record.provider_request_id} what="provider's request id" />,
    ],
    ['Tokens', tokens],
    ['Charged to credit', formatUsd(record.cost)],
    ["Provider's price", record.upstream_cost && formatUsd(record.upstream_cost)],
    ['First content after', record.first_byte_ms === null ? null : formatMs(record.first_byte_ms)],
    ['Time in Keyway', formatMs(record.gateway_ms)],
    ['Finished with', record.finish_reason],
    ['Error code', record.error_code && <code>{record.error_code}</code>],
    ['Left out', record.dropped_params.length > 0 && record.dropped_params.join(', ')],
    ['API key', <Copyable text={record.api_key_id} what="API key id" />],
    ['Client', record.client.user_agent],
    ['Address', record.client.ip],
  ];
  return (
    <dl class="facts card padded">
      {rows
        .filter(([, value]) => value !== null && value !== false && value !== '')
        .map(([name, value]) => (
          <FactOf key={name} name={name}>
            {value}
          </FactOf>
        ))}
    </dl>
  );
}

function FactOf({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function servedBy(record: LogRecord, nameOf: NameOf): string | null {
  // A refused request has the credential that decided, and was served by none.
  if (record.credential === null || record.error_code !== null) return null;
  const whose =
    record.credential === 'byok' ? `your key “${nameOf(record.provider_key_id)}”` : "the platform's credentials";
  return `${whose}, ${record.provider}`;
}
