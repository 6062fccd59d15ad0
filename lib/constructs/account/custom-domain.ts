import { CfnOutput, Stack } from 'aws-cdk-lib';
import { DomainName, EndpointType, type RestApi, SecurityPolicy } from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { AccountSettings } from '../../settings/account.ts';

/**
 * The API under the company's own host, without the stage in its paths. API Gateway's own host goes on working: access from there is guarded
 * by the same throttling, firewall and keys.
 */
export class CustomDomain extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, api: RestApi, domain: NonNullable<AccountSettings['domain']>) {
    super(scope, id);
    this.url = `https://${domain.name}/`;
    const name = new DomainName(this, 'Name', {
      domainName: domain.name,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    name.addBasePathMapping(api, { stage: api.deploymentStage });
    if (domain.hostedZoneId === null) {
      new CfnOutput(Stack.of(this), 'DomainTarget', {
        value: name.domainNameAliasDomainName,
        description: `What the DNS record of ${domain.name} must point to (CNAME, or an alias)`,
      });
      return;
    }
    // The L2 record wants the zone's name, too, which an id alone does not tell.
    for (const type of ['A', 'AAAA'])
      new CfnRecordSet(this, `Record${type}`, {
        name: domain.name,
        type,
        hostedZoneId: domain.hostedZoneId,
        aliasTarget: { dnsName: name.domainNameAliasDomainName, hostedZoneId: name.domainNameAliasHostedZoneId },
      });
  }
}
