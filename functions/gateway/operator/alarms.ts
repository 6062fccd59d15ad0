import { listOf } from '../../core/cursor.ts';
import type { JsonObject } from '../../core/json.ts';
import { type Alarm, type Alarms, AlarmsUnavailable } from '../../core/more-ports/operator.ts';

/** Why there is no list: an alarm that is not shown must not look like one that is silent. */
const hints: Record<AlarmsUnavailable['kind'], string> = {
  denied: "The operator function's role lacks cloudwatch:DescribeAlarms on this account's alarms: deploy again.",
  unreachable:
    'CloudWatch did not answer: look at the AWS Health Dashboard. In a VPC the operator function needs a way to monitoring.<region>.amazonaws.com.',
};

/**
 * The gateway's alarms, those that ring first. `alarms` null: this gateway has none, as on a desk. When CloudWatch does not tell, the
 * answer says so and why, with an empty list.
 */
export async function listAlarms(alarms: Alarms | null): Promise<JsonObject> {
  if (alarms === null) return { ...listOf([], null), source: 'none', problem: null };
  try {
    const found = await alarms.list();
    return { ...listOf(found.sort(byUrgency).map(present), null), source: 'cloudwatch', problem: null };
  } catch (error) {
    if (!(error instanceof AlarmsUnavailable)) throw error;
    const problem = { kind: error.kind, message: error.message, hint: hints[error.kind] };
    return { ...listOf([], null), source: 'cloudwatch', problem };
  }
}

const order: Alarm['state'][] = ['alarm', 'insufficient_data', 'ok'];

function byUrgency(a: Alarm, b: Alarm): number {
  return order.indexOf(a.state) - order.indexOf(b.state) || (a.name < b.name ? -1 : 1);
}

/** Descriptions are made in lib/constructs/observability/alarms.ts: what the alarm says, and its paragraph of the runbook. */
function present({ name, description, state, since, reason, notifies }: Alarm): JsonObject {
  const [, says, chapter] =
    /^Keyway(?:, takes a release back)?: (.*)\. docs\/runbook\.md, "(.+)"\.$/.exec(description) ?? [];
  return {
    object: 'alarm',
    name,
    says: says ?? description,
    state,
    since,
    reason,
    notifies,
    runbook: chapter === undefined ? null : { chapter, path: `docs/runbook.md#${anchorOf(chapter)}` },
  };
}

/** As GitHub makes anchors of headings: https://docs.github.com/en/get-started/writing-on-github, "Section links". */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}
