import { Tags } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Stage } from '../../stage.ts';
import type { GatewayFunction } from '../gateway-function.ts';
import { CustomDomain } from './custom-domain.ts';
import { Encryption } from './encryption.ts';
import { Firewall } from './firewall.ts';
import { FunctionNetwork } from './function-network.ts';

/** What a company asks of everything in its account; tags, bound and key hold for the whole scope, whoever adds to it. */
export class AccountRules extends Construct {
  /** Null: the services' own keys. */
  readonly key: IKey | null;
  /** By which the functions treat what they make at run time as the stack treats its own. */
  readonly environment: Record<string, string> = {};
  readonly #stage: Stage;

  constructor(scope: Construct, id: string, stage: Stage) {
    super(scope, id);
    this.#stage = stage;
    const { encryption, permissionsBoundary, tags } = stage.account;

    for (const [name, value] of Object.entries(tags)) Tags.of(scope).add(name, value);
    if (Object.keys(tags).length > 0) this.environment.KEYWAY_SECRET_TAGS = JSON.stringify(tags);

    if (permissionsBoundary !== null) {
      const policy = permissionsBoundary.startsWith('arn:')
        ? ManagedPolicy.fromManagedPolicyArn(this, 'Boundary', permissionsBoundary)
        : ManagedPolicy.fromManagedPolicyName(this, 'Boundary', permissionsBoundary);
      PermissionsBoundary.of(scope).apply(policy);
    }

    this.key =
      encryption === 'service'
        ? null
        : new Encryption(scope, stage, encryption === 'own' ? null : encryption.keyArn).key;
    if (this.key) this.environment.KEYWAY_SECRET_KMS_KEY = this.key.keyArn;
  }

  /** Puts the API behind its firewall and domain, and the functions into their VPC. Returns the API's base URL. */
  guard(api: RestApi, functions: GatewayFunction[]): string {
    const { domain, firewall, network } = this.#stage.account;
    if (firewall) new Firewall(this, 'Firewall', this.#stage.name, api.deploymentStage, firewall.requestsPerIp);
    if (network) {
      const vpc = new FunctionNetwork(this, 'Network', network, {
        xray: this.#stage.tracing,
        s3: this.#stage.export.bucket !== null,
        kms: this.#stage.keyStore.kms !== null,
      });
      for (const { lambda } of functions) vpc.join(lambda);
    }
    return domain ? new CustomDomain(this, 'Domain', api, domain).url : api.url;
  }
}
