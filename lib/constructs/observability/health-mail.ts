import { EventField, type IEventBus, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface HealthMailProps {
  stageName: string;
  bus: IEventBus;
  /** Whose credentials it is about: docs/events.md. */
  about: 'platform' | 'tenants';
  topic: ITopic;
}

/** A key that is throttled or overloaded comes back by itself; these somebody has to mend. */
const toMend = ['credential', 'permission', 'quota'];

/** Turns the events about one kind of credentials into mails. */
export class HealthMail extends Construct {
  constructor(scope: Construct, id: string, { stageName, bus, about, topic }: HealthMailProps) {
    super(scope, id);
    const platform = about === 'platform';
    new Rule(this, 'Rule', {
      description: platform
        ? "Keyway: mails that the platform's credentials fail or are well again"
        : "Keyway: mails that tenants' provider keys fail or are well again",
      eventBus: bus,
      eventPattern: {
        source: ['keyway'],
        detailType: [platform ? 'Platform credential health changed' : 'Provider key health changed'],
        ...(!platform && { detail: { reason: toMend } }),
      },
      targets: [
        new SnsTopic(topic, {
          message: RuleTargetInput.fromMultilineText((platform ? platformText : tenantText)(stageName).join('\n')),
        }),
      ],
    });
  }
}

const of = (path: string): string => EventField.fromPath(`$.detail.${path}`);

/*
 * EventBridge escapes nothing that it puts into a text: a quotation mark in a value would spoil the mail. So what providers and tenants
 * word themselves (message, code, label) is left to the log, where `request_id` finds it.
 * docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html, "Common issues with transforming input"
 */

function platformText(stageName: string): string[] {
  return [
    `Keyway ${stageName}: the platform's ${of('provider')} credential is ${of('state')}.`,
    ...facts(stageName),
    'What to do: docs/runbook.md, Platform credential health.',
  ];
}

function tenantText(stageName: string): string[] {
  return [
    `Keyway ${stageName}: a tenant's ${of('provider')} key is ${of('state')}.`,
    `Workspace: ${of('workspace_id')}`,
    `Provider key: ${of('provider_key_id')}`,
    `The platform may serve instead: ${of('fallback_enabled')}`,
    ...facts(stageName),
    'What to do: docs/runbook.md, Tenant key health.',
  ];
}

function facts(stageName: string): string[] {
  return [
    `Kind of the failure: ${of('reason')}`,
    `Since: ${of('since')}`,
    `Failures in a row: ${of('failures')}`,
    `Request: ${of('request_id')}`,
    `What the provider said: ask the Logs Insights query keyway-${stageName}/Anything by its id for that request.`,
  ];
}
