import { readFileSync } from 'node:fs';
import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { parseStage } from '../../lib/stage.ts';
import { allowed, type Statement, short } from './allowed.ts';
import { propertiesOf, readable, resourcesOf, synthesize } from './synthesize.ts';

const usual = synthesize();
const both = synthesize({ 'keyway:keyStore': 'kms' });
const only = synthesize({ 'keyway:keyStore': 'kms', 'keyway:otherKeyStore': 'false' });
const back = synthesize({ 'keyway:otherKeyStore': 'true' });
const names = ['inference', 'provider-keys', 'workspace', 'operator', 'records', 'console', 'sweep', 'sweep-worker'];
const tenants = 'secretsmanager:secret:keyway/tenants/*';
const withKms: [string, Template][] = [
  ['with both stores', both],
  ['with the encrypted one alone', only],
  ['on the way back', back],
];

const statementsOf = (template: Template, name: string): Statement[] =>
  resourcesOf(template, 'AWS::IAM::Policy')
    .filter(([id]) => id.startsWith(`${name.replaceAll('-', '')}Role`))
    .flatMap(([, { Properties }]) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement);
const environments = (template: Template) =>
  Object.fromEntries(
    resourcesOf(template, 'AWS::Lambda::Function').map(([id, { Properties }]) => [
      id.replace(/Function.*/, ''),
      (Properties.Environment as { Variables: Record<string, unknown> } | undefined)?.Variables ?? {},
    ]),
  );
const keyPolicy = (template: Template) =>
  (
    propertiesOf(template, 'AWS::KMS::Key') as {
      KeyPolicy: { Statement: (Statement & { Sid?: string; Principal: unknown })[] };
    }
  ).KeyPolicy.Statement;

describe('the key store', () => {
  it('is Secrets Manager by default: no key of KMS, no table and no permission of the other one', () => {
    usual.resourceCountIs('AWS::KMS::Key', 0);
    expect(resourcesOf(usual, 'AWS::DynamoDB::GlobalTable')).toHaveLength(2);
    for (const name of names) expect(allowed(usual, name).join()).not.toMatch(/kms:|RestoreSecret|KeyVault/);
    expect(environments(usual).inference).not.toHaveProperty('KEYWAY_KEY_STORE');
  });

  it.each(withKms)('%s: a key that rotates, stays when the stack goes, and has a name', (_, template) => {
    const [[, key] = []] = resourcesOf(template, 'AWS::KMS::Key');
    expect(key).toMatchObject({ DeletionPolicy: 'Retain', Properties: { EnableKeyRotation: true } });
    expect(propertiesOf(template, 'AWS::KMS::Alias').AliasName).toBe('alias/keyway-provider-keys');
  });

  it.each(withKms)(
    '%s: a table whose backups reach back a week, and which drops what the sweep retired',
    (_, template) => {
      const tables = resourcesOf(template, 'AWS::DynamoDB::GlobalTable').filter(([id]) => id.startsWith('KeyVault'));
      expect(tables).toHaveLength(1);
      expect(tables[0]?.[1]).toMatchObject({
        DeletionPolicy: 'Retain',
        Properties: {
          TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
          Replicas: [
            {
              DeletionProtectionEnabled: true,
              PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 },
            },
          ],
        },
      });
    },
  );

  it.each(withKms)(
    '%s: who writes secrets asks for new data keys, who reads unwraps them, nobody else does anything',
    (_, template) => {
      const uses = Object.fromEntries(
        names.map((name) => [
          name,
          allowed(template, name)
            .filter((line) => line.startsWith('kms:') || line.includes('KeyVault'))
            .map((line) => line.replace(/\{KeyVault(Key|Table)[^}]*\}/, '$1')),
        ]),
      );
      expect(uses).toEqual({
        inference: ['dynamodb:GetItem on Table', 'kms:Decrypt on Key'],
        'provider-keys': [
          'dynamodb:DeleteItem on Table',
          'dynamodb:GetItem on Table',
          'dynamodb:UpdateItem on Table',
          'kms:GenerateDataKey on Key',
        ],
        workspace: [],
        operator: [],
        records: [],
        console: [],
        sweep: [],
        'sweep-worker': ['dynamodb:GetItem on Table', 'dynamodb:Scan on Table', 'dynamodb:UpdateItem on Table'],
      });
    },
  );

  it.each(withKms)('%s: no call of KMS without a purpose and a workspace, by anybody of the account', (_, template) => {
    const condition = {
      StringEquals: { 'kms:EncryptionContext:keyway:purpose': 'provider-key' },
      StringLike: { 'kms:EncryptionContext:keyway:workspace': 'ws_*' },
    };
    const ofKms = ['inference', 'provider-keys']
      .flatMap((name) => statementsOf(template, name))
      .filter(({ Action }) => [Action].flat().some((action) => action.startsWith('kms:')));
    expect(ofKms.map(({ Condition }) => Condition)).toEqual([condition, condition]);
    const cryptography = ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];
    const everybody = { Effect: 'Deny', Principal: { AWS: '*' }, Action: cryptography, Resource: '*' };
    const denials = keyPolicy(template).filter(({ Effect }) => Effect === 'Deny');
    expect(denials).toEqual([
      expect.objectContaining({
        ...everybody,
        Condition: { StringNotEquals: { 'kms:EncryptionContext:keyway:purpose': 'provider-key' } },
      }),
      expect.objectContaining({
        ...everybody,
        Condition: { StringNotLike: { 'kms:EncryptionContext:keyway:workspace': 'ws_*' } },
      }),
      expect.objectContaining({ Sid: 'WriterNeverDecrypts', Action: ['kms:Decrypt', 'kms:ReEncryptFrom'] }),
    ]);
    const [, , writer] = denials;
    const { AWS } = (writer?.Principal ?? {}) as { AWS?: unknown };
    expect(short(AWS)).toMatch(/^\{providerkeysRole/);
    expect(writer).not.toHaveProperty('Condition');
  });

  it('lets functions at secrets in Secrets Manager only as long as some lie there', () => {
    const inSecretsManager = (template: Template) =>
      names.flatMap((name) =>
        allowed(template, name)
          .filter((line) => line.endsWith(tenants))
          .map((line) => `${name} ${line}`),
      );
    expect(inSecretsManager(only)).toEqual([]);
    expect(allowed(only, 'sweep-worker').join()).not.toContain('ListSecrets');
    expect(allowed(both, 'sweep-worker').join()).toContain('ListSecrets');
    const restores = `provider-keys secretsmanager:RestoreSecret on ${tenants}`;
    for (const template of [both, back])
      expect(inSecretsManager(template).sort()).toEqual([...inSecretsManager(usual), restores].sort());
    // The platform's own secrets and the admin token always lie there.
    expect(allowed(only, 'inference')).toContain(
      'secretsmanager:GetSecretValue on secretsmanager:secret:keyway/platform/*',
    );
  });

  it.each<[string, Template, Record<string, unknown>]>([
    ['kms', both, { KEYWAY_KEY_STORE: 'kms', KEYWAY_OTHER_KEY_STORE: '1' }],
    ['kms alone', only, { KEYWAY_KEY_STORE: 'kms' }],
    ['Secrets Manager beside kms', back, { KEYWAY_KEY_STORE: 'secrets-manager', KEYWAY_OTHER_KEY_STORE: '1' }],
  ])('tells the functions where secrets go: %s', (_, template, expected) => {
    for (const name of ['inference', 'providerkeys', 'sweep', 'sweepworker']) {
      const variables = environments(template)[name] ?? {};
      expect(variables).toMatchObject(expected);
      expect('KEYWAY_OTHER_KEY_STORE' in variables).toBe('KEYWAY_OTHER_KEY_STORE' in expected);
      expect(readable(variables.KEYWAY_KEY_TABLE)).toMatch(/KeyVaultTable/);
      expect(readable(variables.KEYWAY_KEY_STORE_KMS_KEY)).toMatch(/KeyVaultKey/);
    }
  });

  it('rings when an encrypted secret is not what was written, and watches the table', () => {
    const alarms = (template: Template) =>
      resourcesOf(template, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => String(Properties.AlarmDescription));
    const counted = resourcesOf(both, 'AWS::Logs::MetricFilter').filter(
      ([, { Properties }]) => Properties.FilterPattern === '{ $.message.event = "secret_tampered" }',
    );
    expect(counted.map(([, { Properties }]) => readable(Properties.LogGroupName))).toEqual([
      expect.stringMatching(/^\{inferenceLogs/),
    ]);
    const told = alarms(both).filter((says) => says.includes('encrypted secret'));
    expect(told).toEqual([expect.stringContaining('"Secrets tampered with"')]);
    expect(readFileSync('docs/runbook.md', 'utf8')).toContain('## Secrets tampered with');
    // Those of the table's throttles and of tampering.
    expect(alarms(both).length - alarms(usual).length).toBe(2);
  });

  it('takes a table and a key that exist, as after a restore or cdk destroy', () => {
    const keyArn = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const kept = synthesize({
      'keyway:keyStore': 'kms',
      'keyway:keyTable': 'kept-keys',
      'keyway:keyStoreKmsKeyArn': keyArn,
    });
    kept.resourceCountIs('AWS::KMS::Key', 0);
    expect(allowed(kept, 'inference')).toEqual(
      expect.arrayContaining([
        'dynamodb:GetItem on dynamodb:table/kept-keys',
        `kms:Decrypt on kms:key/${keyArn.slice(-36)}`,
      ]),
    );
    expect(environments(kept).inference).toMatchObject({
      KEYWAY_KEY_TABLE: 'kept-keys',
      KEYWAY_KEY_STORE_KMS_KEY: keyArn,
    });
    expect(() => parseStage({ 'keyway:keyTable': 'kept-keys' })).toThrow('keyway:keyStore=kms');
    expect(() => parseStage({ 'keyway:keyStore': 'vault' })).toThrow('secrets-manager or kms');
  });

  it('keeps the account’s own key for the table, and reaches KMS from a VPC', () => {
    const company = synthesize({
      'keyway:keyStore': 'kms',
      'keyway:customerManagedKey': true,
      'keyway:vpcId': 'vpc-0123456789abcdef0',
      'keyway:subnetIds': 'subnet-0123456789abcdef0',
      'keyway:vpcEndpoints': true,
      'keyway:routeTableIds': 'rtb-0123456789abcdef0',
    });
    company.resourceCountIs('AWS::KMS::Key', 2);
    const services = resourcesOf(company, 'AWS::EC2::VPCEndpoint').map(([, { Properties }]) =>
      readable(Properties.ServiceName),
    );
    expect(services.filter((name) => name.endsWith('.kms'))).toHaveLength(1);
    const closed = synthesize({
      'keyway:keyStore': 'kms',
      'keyway:otherKeyStore': 'false',
      'keyway:customerManagedKey': true,
    });
    expect(JSON.stringify(statementsOf(closed, 'provider-keys'))).not.toContain('SecretARN');
  });
});
