import { assumption } from './assumptions.ts';
import { apiGatewayUsd, assumed, prices } from './prices.ts';
import { byok, countedAnswers, eventFunctionLines, storeLines } from './requests.ts';
import type { Column, Line } from './table.ts';

const hours = 730;

export type ShellName = 'event' | 'container' | 'web-function';

/** USD a month with so many BYOK streams at any time, day and night, through a shell. */
export function monthOf(shell: ShellName, streams: number): Column {
  const millions = (streams * hours * 3600) / assumption('stream-seconds') / 1e6;
  const keptGb = (bytes: number) => (millions * 1e6 * bytes * assumption('retention-days')) / 30 / 2 ** 30;
  const logGb = keptGb(assumption('log-units') * 1024);
  return {
    title: shell,
    lines: [
      ...computeOf(shell, streams, millions),
      { item: 'API Gateway', usd: apiGatewayUsd(millions * countedAnswers()) },
      ...storeLines(byok).map(({ item, usd }) => ({ item, usd: usd * millions })),
      { item: 'log records kept', usd: logGb * (prices.dynamoGb + prices.dynamoRecoveryGb) },
      { item: 'lines kept', usd: keptGb(assumption('line-bytes')) * prices.logsKeptGb },
    ],
  };
}

/** What a shell itself costs; the rest is the same in each. */
export function computeOf(shell: ShellName, streams: number, millions: number): Line[] {
  if (shell === 'event')
    return eventFunctionLines(assumption('stream-seconds')).map(({ item, usd }) => ({ item, usd: usd * millions }));
  return shell === 'container' ? containerLines(streams) : webFunctionLines(streams, millions);
}

/** As lib/constructs/shells/container-shell.ts has it. */
const task = { cpu: 1, gb: 2, least: 2, streams: 1000, busy: 0.6 };

function containerLines(streams: number): Line[] {
  const tasks = Math.max(
    task.least,
    Math.ceil(streams / task.streams),
    Math.ceil(cpusFor(streams) / (task.cpu * task.busy)),
  );
  const perSecond = streams / assumption('stream-seconds');
  const units = Math.max(streams / 3000, perSecond / 25, (perSecond * assumption('bytes') * 3600) / 2 ** 30);
  return [
    { item: 'Fargate', usd: tasks * hours * (task.cpu * prices.fargateCpu + task.gb * prices.fargateGb) },
    { item: 'public addresses', usd: tasks * hours * prices.publicAddress },
    { item: 'load balancer', usd: hours * (prices.loadBalancer + units * prices.loadBalancerUnit) },
  ];
}

/** As lib/constructs/shells/web-function-shell.ts has it. */
const streamsPerEnvironment = 128;

function webFunctionLines(streams: number, millions: number): Line[] {
  const environments = Math.ceil(streams / streamsPerEnvironment);
  return [
    {
      item: 'Web Function (rates assumed)',
      usd:
        millions * assumed.webRequests +
        hours * (cpusFor(streams) * assumed.webCpuHour + environments * assumption('web-memory') * assumed.webGbHour),
    },
  ];
}

/** Processors that are busy with so many streams. */
function cpusFor(streams: number): number {
  return (streams / assumption('stream-seconds')) * (assumption('stream-cpu-ms') / 1000);
}
