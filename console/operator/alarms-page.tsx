import { useQuery } from '@tanstack/preact-query';
import { bodyOf, type Schemas } from '../../client/client.ts';
import { counted, formatCount } from '../../client/format.ts';
import type { KeyState } from '../../client/words.ts';
import { Empty, Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { StateSince } from '../parts/when.tsx';
import { useClient } from '../shell/api.tsx';
import { chapterOf, piecesOf } from './runbook.ts';

type Alarm = Schemas['Alarm'];

/** How often the alarms are looked at while the page is seen; CloudWatch looks at most of them once in five minutes. */
const refreshMs = 30_000;

const states: Record<Alarm['state'], KeyState> = {
  alarm: { tone: 'bad', word: 'Rings' },
  insufficient_data: { tone: 'quiet', word: 'Not enough data' },
  ok: { tone: 'ok', word: 'Quiet' },
};

export function AlarmsPage() {
  const client = useClient();
  const alarms = useQuery({
    queryKey: ['alarms'],
    queryFn: ({ signal }) => bodyOf(client.GET('/v1/operator/alarms', { signal })),
    refetchInterval: refreshMs,
  });
  return (
    <>
      <div class="page-head">
        <div>
          <h1>Alarms</h1>
          <p>What CloudWatch watches of this gateway, what rings first. Each has its chapter of the runbook.</p>
        </div>
      </div>
      <Loaded asked={alarms}>{(list) => <List list={list} again={() => void alarms.refetch()} />}</Loaded>
    </>
  );
}

function List({ list: { data, source, problem }, again }: { list: Schemas['AlarmList']; again: () => void }) {
  if (problem !== null)
    return (
      <Notice tone="bad" title="Whether an alarm rings is not known: CloudWatch did not tell.">
        <p>{problem.hint}</p>
        <p class="small">
          <code>{problem.message}</code>
        </p>
        <button type="button" class="button" onClick={again}>
          Try again
        </button>
      </Notice>
    );
  if (source === 'none')
    return (
      <Empty title="This gateway has no alarms">
        <p>They are CloudWatch's, and come with a deployment to AWS. Nothing watches a gateway on a desk.</p>
      </Empty>
    );
  if (data.length === 0)
    return (
      <Empty title="CloudWatch has no alarm of this gateway">
        <p>The deployment makes them. Were they deleted by hand? Deploy again.</p>
      </Empty>
    );
  const ringing = data.filter(({ state }) => state === 'alarm').length;
  return (
    <div class="stack">
      <p role="status">
        {ringing === 0
          ? `None of ${counted(data.length, 'alarm')} rings.`
          : `${formatCount(ringing)} of ${counted(data.length, 'alarm')} ${ringing === 1 ? 'rings' : 'ring'}.`}
      </p>
      {!data.some(({ notifies }) => notifies) && (
        <Notice tone="warn" title="Nobody is told when an alarm rings.">
          <p>
            Deploy with <code>-c keyway:alarmEmail=…</code> and confirm the subscription.
          </p>
        </Notice>
      )}
      <ul class="card">
        {data.map((alarm) => (
          <Row key={alarm.name} its={alarm} />
        ))}
      </ul>
    </div>
  );
}

function Row({ its: { name, says, state, since, reason, runbook } }: { its: Alarm }) {
  const sentence = `${says[0]?.toUpperCase() ?? ''}${says.slice(1)}`;
  return (
    <li class="attempt" aria-label={sentence}>
      <div class="spread top">
        <h2>{runbook?.chapter ?? sentence}</h2>
        <StateSince its={states[state]} since={since} />
      </div>
      {/* What it watches for is so only while it rings. */}
      {runbook !== null && <p>{state === 'alarm' ? `${sentence}.` : `Rings when ${says}.`}</p>}
      {state !== 'ok' && reason !== '' && <blockquote class="quote">{reason}</blockquote>}
      {runbook !== null && <Runbook {...runbook} open={state === 'alarm'} />}
      <p class="muted small">
        <code>{name}</code>
      </p>
    </li>
  );
}

function Runbook({ chapter, path, open }: NonNullable<Alarm['runbook']> & { open: boolean }) {
  const found = chapterOf(chapter);
  // A gateway of another release may have chapters that this page has not.
  if (found === null)
    return (
      <p class="small">
        What to do: <code>{path}</code>
      </p>
    );
  return (
    <details class="limits" open={open}>
      <summary>What to do</summary>
      <dl class="facts">
        {found.points.map(({ name, text }) => (
          <div key={name} class="fact">
            <dt>{name}</dt>
            <dd>
              {piecesOf(text).map((piece, index) => {
                if (piece.kind === 'code') return <code key={index}>{piece.text}</code>;
                return piece.kind === 'strong' ? <em key={index}>{piece.text}</em> : piece.text;
              })}
            </dd>
          </div>
        ))}
      </dl>
      <p class="muted small">
        <code>{path}</code>
      </p>
    </details>
  );
}
