import { createServer, type ServerResponse } from 'node:http';
import { type JsonObject, parseJson } from '../../functions/core/json.ts';
import { type Listening, listen, readBody } from '../../local/listening.ts';

export interface FakeAlarm {
  name: string;
  description: string;
  state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  reason?: string;
  actions?: string[];
}

export interface FakeCloudWatch extends Listening {
  /** All alarms of the account. */
  alarms: FakeAlarm[];
  /** What it was asked, in order. */
  asked: JsonObject[];
  /** Answers everything with this error. */
  refuse: { status: number; type: string } | null;
}

/** When every alarm came into its state. */
export const since = '2026-11-25T22:14:03.000Z';

/**
 * CloudWatch's DescribeAlarms for the SDK's own client: AWS JSON 1.0, two alarms on a page
 * (docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html).
 */
export async function startFakeCloudWatch(): Promise<FakeCloudWatch> {
  const server = createServer(async (request, response) => {
    const input = parseJson(String(await readBody(request))) as { AlarmNamePrefix?: string; NextToken?: string };
    fake.asked.push({ target: String(request.headers['x-amz-target']), ...input });
    if (fake.refuse !== null)
      return send(response, fake.refuse.status, {
        __type: fake.refuse.type,
        message: 'User: arn:aws:sts::123456789012:assumed-role/operator is not authorized',
      });
    const named = fake.alarms.filter(({ name }) => name.startsWith(input.AlarmNamePrefix ?? ''));
    const start = Number(input.NextToken ?? 0);
    const page = named.slice(start, start + 2);
    send(response, 200, {
      MetricAlarms: page.map(({ name, description, state, reason = 'no datapoints', actions = [] }) => ({
        AlarmName: name,
        AlarmDescription: description,
        StateValue: state,
        StateReason: reason,
        StateTransitionedTimestamp: Date.parse(since) / 1000,
        ActionsEnabled: true,
        AlarmActions: actions,
      })),
      CompositeAlarms: [],
      ...(start + 2 < named.length && { NextToken: String(start + 2) }),
    });
  });
  const listening = await listen(server);
  const fake: FakeCloudWatch = { ...listening, alarms: [], asked: [], refuse: null };
  return fake;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
}
