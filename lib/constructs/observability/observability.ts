import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { Alarms } from './alarms.ts';
import { CountsByWorkspace } from './by-workspace.ts';
import { Dashboard } from './dashboard.ts';
import { HealthMail } from './health-mail.ts';
import { Queries } from './queries.ts';
import { type Observed, signalsOf } from './signals.ts';

/** How the stack shows itself: alarms, dashboard, saved queries, and mails about credentials that fail. */
export class Observability extends Construct {
  constructor(scope: Construct, id: string, props: Observed & { bus: IEventBus; more: { alarms: Alarm[] } }) {
    super(scope, id);
    const { stage, bus } = props;
    const signals = signalsOf(props);
    const counts = new CountsByWorkspace(this, 'ByWorkspace', stage, props.functions.inference.logGroup);
    const bell = stage.alarmEmail === null ? null : this.#topic('Alarms', stage.alarmEmail);
    // A topic with a policy of its own loses the default one, by which CloudWatch might publish.
    bell?.grantPublish(new ServicePrincipal('cloudwatch.amazonaws.com'));
    const { all } = new Alarms(this, 'Bells', { signals, counts, notify: bell && new SnsAction(bell) });
    if (bell) for (const alarm of props.more.alarms) alarm.addAlarmAction(new SnsAction(bell));
    new Dashboard(this, 'Overview', props, signals, [...all, ...props.more.alarms]);
    new Queries(this, 'Queries', props);
    if (bell) new HealthMail(this, 'PlatformHealth', { stageName: stage.name, bus, about: 'platform', topic: bell });
    if (stage.keyHealthEmail !== null) {
      const topic = this.#topic('KeyHealth', stage.keyHealthEmail);
      new HealthMail(this, 'TenantHealth', { stageName: stage.name, bus, about: 'tenants', topic });
    }
  }

  #topic(id: string, email: string): Topic {
    const topic = new Topic(this, id, { enforceSSL: true });
    topic.addSubscription(new EmailSubscription(email));
    return topic;
  }
}
