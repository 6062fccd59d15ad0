import type { CloudWatchClientConfig, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { type Alarm, type Alarms, AlarmsUnavailable } from '../core/more-ports/operator.ts';
import { createRequestHandler } from './dynamodb/request-handler.ts';

type Where = Pick<CloudWatchClientConfig, 'endpoint' | 'region' | 'credentials'>;

/** The alarms whose names begin with one of `prefixes`. Their SDK is loaded when somebody asks: the other requests never need it. */
export function createAlarms(prefixes: string[], where: Where = {}): Alarms {
  let loading: ReturnType<typeof load> | null = null;
  return {
    async list() {
      loading ??= load(where);
      const { client, paginateDescribeAlarms } = await loading;
      const under = async (AlarmNamePrefix: string): Promise<Alarm[]> => {
        const found: Alarm[] = [];
        // docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html: a hundred at most on one page.
        const pages = paginateDescribeAlarms(
          { client, pageSize: 100 },
          { AlarmNamePrefix, AlarmTypes: ['MetricAlarm'] },
        );
        for await (const page of pages) found.push(...(page.MetricAlarms ?? []).map(toAlarm));
        return found;
      };
      try {
        return (await Promise.all(prefixes.map(under))).flat();
      } catch (error) {
        throw unavailable(error);
      }
    },
  };
}

const states = { OK: 'ok', ALARM: 'alarm', INSUFFICIENT_DATA: 'insufficient_data' } as const;

function toAlarm(alarm: MetricAlarm): Alarm {
  return {
    name: alarm.AlarmName ?? '',
    description: alarm.AlarmDescription ?? '',
    state: states[alarm.StateValue ?? 'INSUFFICIENT_DATA'],
    since: (alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp)?.toISOString() ?? null,
    reason: alarm.StateReason ?? '',
    notifies: alarm.ActionsEnabled !== false && (alarm.AlarmActions ?? []).length > 0,
  };
}

/** The service's own message names the account and the role, and a reader of the page needs neither. */
function unavailable(error: unknown): AlarmsUnavailable {
  const name = error instanceof Error ? error.name : 'unknown error';
  const denied = /AccessDenied|NotAuthorized|UnrecognizedClient|InvalidClientTokenId|ExpiredToken/.test(name);
  return new AlarmsUnavailable(denied ? 'denied' : 'unreachable', `CloudWatch: ${name}.`);
}

async function load(where: Where) {
  const { CloudWatchClient, paginateDescribeAlarms } = await import('@aws-sdk/client-cloudwatch');
  const client = new CloudWatchClient({ ...where, maxAttempts: 2, requestHandler: createRequestHandler(4) });
  return { client, paginateDescribeAlarms };
}
