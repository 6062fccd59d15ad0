import type { Stage as ApiStage } from 'aws-cdk-lib/aws-apigateway';
import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { refusals } from '../gateway-refusals.ts';

/**
 * AWS's rule groups, and which of their rules only count here instead of blocking. A prompt may hold anything: HTML, scripts, shell and
 * SQL, `../`, URLs of instance metadata, `${jndi:…}`; and it is longer than 8 KB. So no rule that reads a body may block; the body is
 * parsed as JSON against a schema and reaches no shell, no database query and no page. A caller's program may have no user agent.
 *
 * Left out whole: SQL database, Linux, Unix, PHP, Windows and WordPress (nothing of that stands behind) and AnonymousIpList, which blocks
 * hosting providers, where most callers are.
 * Names of rules: docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
 */
const ruleGroups: { name: string; countOnly: string[] }[] = [
  { name: 'AWSManagedRulesAmazonIpReputationList', countOnly: [] },
  {
    name: 'AWSManagedRulesKnownBadInputsRuleSet',
    countOnly: ['JavaDeserializationRCE_BODY', 'Log4JRCE_BODY', 'ReactJSRCE_BODY'],
  },
  {
    name: 'AWSManagedRulesCommonRuleSet',
    countOnly: [
      'NoUserAgent_HEADER',
      'SizeRestrictions_BODY',
      'EC2MetaDataSSRF_BODY',
      'GenericLFI_BODY',
      'GenericRFI_BODY',
      'CrossSiteScripting_BODY',
    ],
  },
];

/** A firewall before the API's stage. What it blocks gets the contract's error envelope: 403 by gateway-refusals.ts, 429 from here. */
export class Firewall extends Construct {
  constructor(scope: Construct, id: string, name: string, stage: ApiStage, requestsPerIp: number) {
    super(scope, id);
    const acl = new CfnWebACL(this, 'WebAcl', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      description: `Keyway ${name}: known bad addresses and inputs, and requests per address`,
      visibilityConfig: visibility(`keyway-${name}`),
      customResponseBodies: { throttled: { contentType: 'APPLICATION_JSON', content: throttledBody() } },
      rules: [
        {
          name: 'requests-per-ip',
          priority: 0,
          statement: {
            rateBasedStatement: { limit: requestsPerIp, aggregateKeyType: 'IP', evaluationWindowSec: 300 },
          },
          action: { block: { customResponse: { responseCode: 429, customResponseBodyKey: 'throttled' } } },
          visibilityConfig: visibility('requests-per-ip'),
        },
        ...ruleGroups.map(({ name: group, countOnly }, index) => ({
          name: group,
          priority: index + 1,
          statement: {
            managedRuleGroupStatement: {
              vendorName: 'AWS',
              name: group,
              ruleActionOverrides: countOnly.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
            },
          },
          overrideAction: { none: {} },
          visibilityConfig: visibility(group),
        })),
      ],
    });
    new CfnWebACLAssociation(this, 'Association', { resourceArn: stage.stageArn, webAclArn: acl.attrArn });
  }
}

/** No sampled requests: they hold headers, so the callers' keys. */
function visibility(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false, metricName };
}

/** Without a request id: the firewall knows none that may stand in a body. */
function throttledBody(): string {
  const error = refusals.find(({ status }) => status === 429)?.error;
  return JSON.stringify({ error: { ...error, param: null } });
}
