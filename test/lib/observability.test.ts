import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type { HealthChanged } from '../../functions/core/routing/health-event.ts';
import { metricUnits } from '../../functions/core/telemetry/metrics.ts';
import { toRequestLine } from '../../functions/core/telemetry/request-line.ts';
import { attemptRecord, logRecord } from '../core/telemetry/sample-record.ts';
import { propertiesOf, readable, resourcesOf, synthesize } from './synthesize.ts';

const full = {
  'keyway:alarmEmail': 'operator@example.com',
  'keyway:keyHealthEmail': 'support@example.com',
  'keyway:inferenceConcurrency': 100,
  'keyway:accountLogRole': 'existing',
};
const template = synthesize(full);
const plain = synthesize();
const exporting = synthesize({
  ...full,
  'keyway:otlpEndpoint': 'https://collector.example.com',
  'keyway:exportBucket': true,
  'keyway:keyStore': 'kms',
});
/** Another stage, with one workspace. */
const alone = synthesize({ 'keyway:stage': 'dev', 'keyway:oneWorkspaceRings': true });
const runbook = readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');

interface AlarmMetric {
  Id: string;
  Expression?: string;
  MetricStat?: { Metric: { Namespace: string; MetricName: string; Dimensions?: { Name: string }[] }; Stat: string };
}

interface AlarmProperties {
  AlarmDescription: string;
  AlarmActions?: unknown[];
  Metrics?: AlarmMetric[];
  Namespace?: string;
  MetricName?: string;
  Threshold: number;
  TreatMissingData: string;
  ComparisonOperator: string;
  EvaluationPeriods: number;
}

/** Those that take a release back tell CodeDeploy, nobody else. */
const ringing = (stack: Template) =>
  resourcesOf(stack, 'AWS::CloudWatch::Alarm').filter(([id]) => !id.startsWith('Release'));
const alarms = ringing(template).map(([id, { Properties }]) => ({
  name: id.replace(/^ObservabilityBells|[0-9A-F]{8}$/g, ''),
  properties: Properties as unknown as AlarmProperties,
}));
const alarm = (name: string): AlarmProperties => {
  const found = alarms.find((each) => each.name === name);
  if (!found) throw new Error(`No alarm ${name}.`);
  return found.properties;
};

describe('alarms and the runbook', () => {
  const paragraphs = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);
  const named = resourcesOf(exporting, 'AWS::CloudWatch::Alarm').map(
    ([, { Properties }]) => /docs\/runbook\.md, "(.+)"\.$/.exec(String(Properties.AlarmDescription))?.[1],
  );
  const mails = resourcesOf(template, 'AWS::Events::Rule').flatMap(
    ([, { Properties }]) => /docs\/runbook\.md, ([\w ]+)\./.exec(JSON.stringify(Properties.Targets))?.[1] ?? [],
  );

  it('every alarm and every mail names its paragraph', () => {
    expect(mails).toHaveLength(2);
    for (const paragraph of [...named, ...mails]) expect(paragraphs).toContain(paragraph);
  });

  it('every paragraph is named by an alarm or a mail', () => {
    expect(paragraphs.filter((heading) => !named.includes(heading) && !mails.includes(heading))).toEqual([]);
  });

  it.each(paragraphs)(
    '%s says what it means, what to look at, by queries that are shipped, and what to do',
    (heading) => {
      const text =
        runbook
          .slice(runbook.indexOf(`\n## ${heading}\n`))
          .slice(1)
          .split('\n## ')[0] ?? '';
      expect(text).toMatch(/^- \*\*Means\*\*: /m);
      expect(text).toMatch(/^- \*\*Do\*\*: /m);
      const look = /^- \*\*Look at\*\*: (.+)$/m.exec(text)?.[1] ?? '';
      expect(look).not.toBe('');
      const shipped = resourcesOf(template, 'AWS::Logs::QueryDefinition').map(([, { Properties }]) =>
        String(Properties.Name),
      );
      for (const [, query] of text.matchAll(/(?<!\*)\*([^*]+)\*(?!\*)/g))
        expect(shipped).toContain(`keyway-prod/${query}`);
    },
  );

  it('links lead to headings that exist', () => {
    for (const [, file = '', anchor = ''] of runbook.matchAll(/\]\(([\w-]*(?:\.md)?)#([\w-]+)\)/g)) {
      const text = readFileSync(join(import.meta.dirname, '../../docs', file || 'runbook.md'), 'utf8');
      const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replace(/[^\w\s-]/g, '')
          .replaceAll(' ', '-'),
      );
      expect(anchors, `${file}#${anchor}`).toContain(anchor);
    }
  });
});

describe('alarms', () => {
  it('are found by the beginnings of names that the operator function is told, all of them and no other stack’s', () => {
    const [told] = resourcesOf(exporting, 'AWS::Lambda::Function').flatMap(([id, { Properties }]) =>
      id.startsWith('operator') ? [Properties.Environment as { Variables: Record<string, string> }] : [],
    );
    const prefixes = String(told?.Variables.KEYWAY_ALARM_PREFIXES).split(',');
    const [stack] = prefixes.map((prefix) => prefix.replace(/-\w+$/, ''));
    const ids = resourcesOf(exporting, 'AWS::CloudWatch::Alarm').map(([id]) => id);
    expect(ids.filter((id) => !prefixes.some((prefix) => `${stack}-${id}`.startsWith(prefix)))).toEqual([]);
    expect(prefixes.filter((prefix) => !ids.some((id) => `${stack}-${id}`.startsWith(prefix)))).toEqual([]);
    expect(stack).toBe('keyway');
  });

  it('mail the operator, over a topic that CloudWatch may publish to, when there is an address', () => {
    for (const [, { Properties }] of ringing(exporting))
      expect(Properties.AlarmActions, String(Properties.AlarmDescription)).toHaveLength(1);
    for (const { name, properties } of alarms) expect(properties.AlarmActions, name).toHaveLength(1);
    expect(JSON.stringify(resourcesOf(template, 'AWS::SNS::TopicPolicy'))).toContain('cloudwatch.amazonaws.com');
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'operator@example.com' });
    plain.resourceCountIs('AWS::SNS::Topic', 0);
    expect(ringing(plain)).toHaveLength(alarms.length - 1);
  });

  it('take what CloudWatch takes: ten metrics in an expression, ids of their own, known statistics', () => {
    for (const { name, properties } of alarms) {
      const metrics = properties.Metrics ?? [];
      expect(metrics.filter(({ MetricStat }) => MetricStat).length, name).toBeLessThanOrEqual(10);
      expect(new Set(metrics.map(({ Id }) => Id)).size, name).toBe(metrics.length);
      const ids = metrics.map(({ Id }) => Id);
      for (const { Expression } of metrics)
        for (const [, used] of (Expression ?? '').replace(/'[^']*'/g, '').matchAll(/\b([a-z]\w*)\b/g))
          expect(ids, name).toContain(used);
    }
  });

  it('are on rates of a hundred with a least volume, but for what must never happen', () => {
    const rates = [
      'GatewayErrors',
      'LogWriteFailures',
      'SettleFailures',
      'FallbackSurge',
      'MidStreamFailures',
      'SecretsUnavailable',
      'TimeToFirstContent',
      'Throttles',
      'ConfigTableThrottles',
      'LogTableThrottles',
    ];
    for (const name of rates) expect(expressionOf(name), name).toMatch(/^IF\(.+ >= \d+, 100 \* .+ \/ .+, 0\)$/);
    const others = [
      'GatewayLatency',
      'AccountConcurrency',
      'InferenceConcurrency',
      'SweepNotRun',
      'DeadLetters',
      'AuditNotCompleted',
      'OrphansKept',
      'SweepWorkGivenUp',
      'HoursNotClosed',
      'MetricsLost',
    ];
    expect(alarms.map(({ name }) => name).sort()).toEqual([...rates, ...others].sort());
  });

  it.each(['FallbackSurge', 'MidStreamFailures', 'SecretsUnavailable', 'TimeToFirstContent'])(
    '%s leaves the worst workspace out, which one tenant is at most',
    (name) => {
      expect(expressionOf(name)).toBe(
        `IF(all - worst >= ${name === 'FallbackSurge' ? 20 : 5}, 100 * (all - worst) / (whole - worst), 0)`,
      );
      const [all, worst] = ['all', 'worst'].map((id) => metricOf(alarm(name), id).Expression);
      expect(all).toMatch(/^INSIGHT_RULE_METRIC\('keyway-prod-[\w-]+', 'Sum'\)$/);
      expect(worst).toBe(all?.replace('Sum', 'MaxContributorValue'));
      template.hasResourceProperties('AWS::CloudWatch::InsightRule', {
        RuleName: /'(.+?)'/.exec(all ?? '')?.[1],
        RuleState: 'ENABLED',
      });
    },
  );

  it('count the one workspace that there is when the operator says so', () => {
    for (const [, { Properties }] of resourcesOf(alone, 'AWS::CloudWatch::Alarm'))
      expect(JSON.stringify(Properties)).not.toContain('MaxContributorValue');
  });

  it('ring for a sweep that does not run: what is missing is bad there, and only there', () => {
    expect(alarm('SweepNotRun')).toMatchObject({
      TreatMissingData: 'breaching',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      EvaluationPeriods: 3,
    });
    expect(
      alarms.filter(({ properties }) => properties.TreatMissingData !== 'notBreaching').map(({ name }) => name),
    ).toEqual(['SweepNotRun']);
  });

  it('compare with what is reserved and with the quota', () => {
    expect(expressionOf('InferenceConcurrency')).toBe('100 * executing / 100');
    expect(expressionOf('AccountConcurrency')).toBe('100 * claimed / SERVICE_QUOTA(executing)');
  });

  it('count neither providers’ errors nor bad requests as faults of the gateway', () => {
    const told = metricOf(alarm('GatewayErrors'), 'told').MetricStat?.Metric;
    expect(told).toEqual({ Namespace: 'Keyway/prod', MetricName: 'gateway_errors' });
    expect(JSON.stringify(alarms.map(({ properties }) => properties))).not.toMatch(/5XXError|4XXError/);
  });
});

describe('what alarms and dashboard look at', () => {
  const dashboard = readable(propertiesOf(template, 'AWS::CloudWatch::Dashboard').DashboardBody);

  it('are metrics that the lines of requests have', () => {
    const filters = resourcesOf(template, 'AWS::Logs::MetricFilter').map(
      ([, { Properties }]) =>
        (Properties.MetricTransformations as { MetricName: string; MetricNamespace: string }[])[0],
    );
    for (const filter of filters) expect(filter?.MetricNamespace).toBe('Keyway/prod');
    const known = [...Object.keys(metricUnits), ...filters.map((filter) => filter?.MetricName)];
    const used = [
      ...[...dashboard.matchAll(/\["Keyway\/prod","(\w+)"/g)].map(([, name]) => name),
      ...[...dashboard.matchAll(/MetricName=\\"(\w+)\\"/g)].map(([, name]) => name),
      ...alarms.flatMap(({ properties: { Metrics = [], Namespace, MetricName } }) => [
        ...(Namespace === 'Keyway/prod' ? [MetricName] : []),
        ...Metrics.flatMap(({ MetricStat }) =>
          MetricStat?.Metric.Namespace === 'Keyway/prod' ? [MetricStat.Metric.MetricName] : [],
        ),
      ]),
    ];
    expect(used.length).toBeGreaterThan(30);
    for (const name of used) expect(known).toContain(name);
  });

  it('the functions write them in the namespace of the stage', () => {
    for (const [, { Properties }] of resourcesOf(alone, 'AWS::Lambda::Function'))
      expect(Properties.Environment).toMatchObject({ Variables: { KEYWAY_METRICS_NAMESPACE: 'Keyway/dev' } });
  });

  it('the searches name the dimensions that the lines have', () => {
    const failing = toRequestLine(
      logRecord({ error_code: 'provider_error', attempts: [attemptRecord({ kind: 'network' })] }),
      { namespace: 'Keyway/prod', providers: new Set(['openai']) },
    );
    const sets = (
      JSON.parse(failing) as { _aws: { CloudWatchMetrics: { Dimensions: string[][] }[] } }
    )._aws.CloudWatchMetrics.flatMap(({ Dimensions }) => Dimensions.map(String));
    const searched = [...dashboard.matchAll(/SEARCH\('\{Keyway\/prod,([\w,]+)\}/g)].map(([, names]) => names);
    expect(new Set(searched)).toEqual(new Set(['kind', 'provider,credential', 'error_code']));
    for (const names of searched) expect([...sets, 'error_code']).toContain(names);
  });

  it('the counts by workspace read fields that lines have', () => {
    const line = JSON.parse(
      toRequestLine(
        logRecord({
          error_code: 'provider_error',
          fallback_triggered: true,
          attempts: [attemptRecord({ kind: 'network' })],
        }),
        { namespace: 'Keyway/prod', providers: new Set(['openai']) },
      ),
    ) as object;
    const rules = resourcesOf(template, 'AWS::CloudWatch::InsightRule');
    expect(rules).toHaveLength(4);
    for (const [, { Properties }] of rules) {
      const body = JSON.parse(readable(Properties.RuleBody)) as {
        LogGroupNames: string[];
        Contribution: { Keys: string[]; Filters: { Match: string }[] };
      };
      expect(body.LogGroupNames).toEqual([expect.stringMatching(/^\{inferenceLogs/)]);
      for (const path of [...body.Contribution.Keys, ...body.Contribution.Filters.map(({ Match }) => Match)])
        expect(line).toHaveProperty(path.slice('$.'.length));
    }
  });

  it('the events that are counted are those that functions report, as Lambda wraps them', () => {
    const patterns = resourcesOf(template, 'AWS::Logs::MetricFilter').map(([, { Properties }]) =>
      String(Properties.FilterPattern),
    );
    const count = (event: string) => patterns.filter((each) => each === `{ $.message.event = "${event}" }`).length;
    // One for each function that reports it.
    const events = ['log_write_failed', 'settle_failed', 'audit_not_completed', 'orphans_kept', 'hours_not_closed'];
    expect(events.map(count)).toEqual([2, 1, 4, 1, 1]);
    expect(patterns.filter((pattern) => pattern.includes('$.message.event'))).toHaveLength(9);
  });
});

describe('mails about the health of credentials', () => {
  const platform: HealthChanged = {
    type: 'Platform credential health changed',
    detail: {
      state: 'failing',
      reason: 'credential',
      since: '2026-03-01T12:00:00.000Z',
      failures: 3,
      last_error: {
        kind: 'credential',
        status: 401,
        code: 'invalid_api_key',
        message: 'Incorrect "key" \n provided',
        at: '2026-03-01T12:00:00.000Z',
      },
      cooling_until: null,
      provider: 'openai',
      workspace_id: null,
      provider_key_id: null,
      label: null,
      fallback_enabled: null,
      request_id: 'req_01KB0000000000000000000000',
    },
  };
  const tenant: HealthChanged = {
    type: 'Provider key health changed',
    detail: {
      ...platform.detail,
      state: 'healthy',
      workspace_id: 'ws_1',
      provider_key_id: 'pk_1',
      label: 'a "label"',
      fallback_enabled: true,
    },
  };

  it('of the platform go to whoever gets the alarms, and read well', () => {
    expect(mailsOf(platform)).toEqual([
      {
        to: 'operator@example.com',
        text: `Keyway prod: the platform's openai credential is failing.
Kind of the failure: credential
Since: 2026-03-01T12:00:00.000Z
Failures in a row: 3
Request: req_01KB0000000000000000000000
What the provider said: ask the Logs Insights query keyway-prod/Anything by its id for that request.
What to do: docs/runbook.md, Platform credential health.`,
      },
    ]);
  });

  it('of tenants go to another address', () => {
    expect(mailsOf(tenant)).toEqual([
      {
        to: 'support@example.com',
        text: expect.stringContaining(
          "a tenant's openai key is healthy.\nWorkspace: ws_1\nProvider key: pk_1\nThe platform may serve instead: true\n",
        ),
      },
    ]);
  });

  it('of tenants’ keys that are throttled are not written: those come back by themselves', () => {
    expect(mailsOf({ ...tenant, detail: { ...tenant.detail, reason: 'rate_limit' } })).toEqual([]);
    expect(mailsOf({ ...platform, detail: { ...platform.detail, reason: 'rate_limit' } })).toHaveLength(1);
  });

  /** EventBridge and SNS: who gets which text of an event. */
  function mailsOf(event: HealthChanged): { to: string; text: string }[] {
    const whole = { source: 'keyway', 'detail-type': event.type, detail: event.detail };
    return resourcesOf(template, 'AWS::Events::Rule').flatMap(([, { Properties }]) => {
      const { EventPattern, Targets, EventBusName } = Properties as {
        EventPattern?: { source: string[]; 'detail-type': string[]; detail?: { reason: string[] } };
        Targets: {
          Arn: { Ref: string };
          InputTransformer: { InputPathsMap: Record<string, string>; InputTemplate: string };
        }[];
        EventBusName?: { Ref: string };
      };
      if (!EventPattern?.['detail-type'].includes(event.type)) return [];
      if (EventPattern.detail && !EventPattern.detail.reason.includes(String(event.detail.reason))) return [];
      expect(EventBusName?.Ref).toMatch(/^Events/);
      expect(EventPattern.source).toEqual(['keyway']);
      return Targets.map(({ Arn, InputTransformer: { InputPathsMap, InputTemplate } }) => {
        // Each line is a text of its own, in quotation marks; values are put in as they are.
        const lines = InputTemplate.split('\n').map((line) => JSON.parse(line) as string);
        const text = lines
          .join('\n')
          .replace(/<([\w-]+)>/g, (_, name: string) => String(valueAt(whole, InputPathsMap[name] ?? '')));
        expect(text).not.toMatch(/["<>]|undefined|null/);
        return { to: subscriberOf(Arn.Ref), text };
      });
    });
  }

  function valueAt(event: object, path: string): unknown {
    return path
      .split('.')
      .slice(1)
      .reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], event);
  }

  function subscriberOf(topic: string): string {
    const found = resourcesOf(template, 'AWS::SNS::Subscription').find(
      ([, { Properties }]) => (Properties.TopicArn as { Ref: string }).Ref === topic,
    );
    return String(found?.[1].Properties.Endpoint);
  }
});

function metricOf(properties: AlarmProperties, id: string): AlarmMetric {
  const found = properties.Metrics?.find(({ Id }) => Id === id);
  if (!found) throw new Error(`No metric ${id}.`);
  return found;
}

function expressionOf(name: string): string {
  return (alarm(name).Metrics ?? [])[0]?.Expression ?? '';
}

describe('what it costs', () => {
  it('is what npm run costs says', () => {
    const script = readFileSync(join(import.meta.dirname, '../../scripts/costs.ts'), 'utf8');
    const [, said] = /alarmMetrics: (\d+), dashboards: 1, insightRules: 4 /.exec(script) ?? [];
    const plainAlarms = resourcesOf(plain, 'AWS::CloudWatch::Alarm').map(
      ([, { Properties }]) => (Properties as unknown as AlarmProperties).Metrics,
    );
    const isMetric = ({ MetricStat, Expression }: AlarmMetric) =>
      MetricStat || Expression?.startsWith('INSIGHT_RULE_METRIC');
    const counted = plainAlarms.reduce((sum, metrics) => sum + (metrics?.filter(isMetric).length ?? 1), 0);
    expect(counted).toBe(Number(said));
    plain.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
    plain.resourceCountIs('AWS::CloudWatch::InsightRule', 4);
  });
});
