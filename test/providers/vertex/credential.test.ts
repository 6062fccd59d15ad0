import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CredentialIssue } from '../../../functions/core/accounts/credential-form.ts';
import { vertexCredentialForm } from '../../../functions/providers/vertex/access/credential.ts';
import { serviceAccount } from './google-server.ts';

function issueOf(input: unknown): CredentialIssue {
  try {
    vertexCredentialForm.parse(input);
  } catch (error) {
    if (error instanceof CredentialIssue) return error;
    throw error;
  }
  throw new Error('The credential was accepted.');
}

describe('a service account', () => {
  it('is accepted as an object and as text, and read again from what was stored', () => {
    const parsed = vertexCredentialForm.parse(serviceAccount);
    expect(parsed).toEqual({
      value: serviceAccount,
      type: 'service_account',
      hint: serviceAccount.client_email,
      region: null,
      names: { project: serviceAccount.project_id, service_account: serviceAccount.client_email },
    });
    expect(vertexCredentialForm.parse(JSON.stringify(serviceAccount))).toEqual(parsed);
    expect(vertexCredentialForm.parse(parsed.value)).toEqual(parsed);
    expect(vertexCredentialForm.parse(JSON.stringify(parsed.value))).toEqual(parsed);
  });

  it('is stored without the addresses in it', () => {
    const addresses = {
      token_uri: 'http://127.0.0.1:9/',
      auth_uri: 'http://127.0.0.1:9/',
      client_x509_cert_url: 'http://127.0.0.1:9/',
      client_id: '1',
      universe_domain: 'googleapis.com',
    };
    expect(vertexCredentialForm.parse({ ...serviceAccount, ...addresses }).value).toEqual(serviceAccount);
  });

  it('has its private key repaired when line breaks came as \\n pairs, and brought to PKCS #8', () => {
    const pasted = { ...serviceAccount, private_key: serviceAccount.private_key.replaceAll('\n', '\\n') };
    expect(vertexCredentialForm.parse(pasted).value).toEqual(serviceAccount);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pkcs1 = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    expect(vertexCredentialForm.parse({ ...serviceAccount, private_key: pkcs1 }).value.private_key).toBe(
      privateKey.export({ type: 'pkcs8', format: 'pem' }),
    );
  });

  const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  it.each<[string, unknown, string]>([
    ['text that is no JSON', 'private stuff', 'credential'],
    ['a number', 7, 'credential'],
    ['a list', ['private stuff'], 'credential'],
    ['nothing', undefined, 'credential'],
    ['endless text', `"${'x'.repeat(40_000)}"`, 'credential'],
    [
      'an external account',
      { ...serviceAccount, type: 'external_account', token_url: 'http://127.0.0.1:9/' },
      'credential.type',
    ],
    ['an authorized user', { type: 'authorized_user', refresh_token: 'private stuff' }, 'credential.type'],
    ['an empty object', {}, 'credential.type'],
    ['another universe', { ...serviceAccount, universe_domain: 'evil.example' }, 'credential.universe_domain'],
    ['no project', { ...serviceAccount, project_id: undefined }, 'credential.project_id'],
    ...['../other', 'a/b', 'a?b', 'a#b', 'a b', '.', 'a%2fb'].map(
      (project) =>
        [`the project ${project}`, { ...serviceAccount, project_id: project }, 'credential.project_id'] as [
          string,
          unknown,
          string,
        ],
    ),
    ['no e-mail', { ...serviceAccount, client_email: '' }, 'credential.client_email'],
    ['an e-mail with a line break', { ...serviceAccount, client_email: 'a@b.c\r\nx: y' }, 'credential.client_email'],
    ['a key id with a slash', { ...serviceAccount, private_key_id: 'a/b' }, 'credential.private_key_id'],
    [
      'a broken private key',
      { ...serviceAccount, private_key: '-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----\n' },
      'credential.private_key',
    ],
    [
      'half a private key',
      { ...serviceAccount, private_key: serviceAccount.private_key.slice(0, 900) },
      'credential.private_key',
    ],
    ['an elliptic key', { ...serviceAccount, private_key: ecKey }, 'credential.private_key'],
    ['an endless private key', { ...serviceAccount, private_key: 'x'.repeat(20_000) }, 'credential.private_key'],
    ...['evil.example', 'a/b', 'us-central1.evil', '@x', '', 'us-east-1', 'US-central1'].map(
      (region): [string, unknown, string] => [
        `the region ${region} inside`,
        { ...serviceAccount, region },
        'credential.region',
      ],
    ),
  ])('is refused by field, without repeating it: %s', (_name, input, param) => {
    const issue = issueOf(input);
    expect(issue.param).toBe(param);
    const key = serviceAccount.private_key.split('\n')[3] ?? '';
    for (const value of ['private stuff', 'evil.example', key]) expect(issue.message).not.toContain(value);
  });
});

describe('the region', () => {
  const plain = vertexCredentialForm.parse(serviceAccount);
  const inside = vertexCredentialForm.parse({ ...serviceAccount, region: 'europe-west4' });

  it('comes from the credential, then from the field, then is global', () => {
    expect(vertexCredentialForm.region(inside, 'us-central1', 'us-east-1')).toEqual({
      region: 'europe-west4',
      source: 'credential',
    });
    expect(vertexCredentialForm.region(plain, 'us-central1', 'us-east-1')).toEqual({
      region: 'us-central1',
      source: 'field',
    });
    expect(vertexCredentialForm.region(plain, null, 'us-east-1')).toEqual({ region: 'global', source: 'default' });
  });

  it.each(['evil.example', 'a/b', 'us-central1.evil', '@x', 'europe-west4/', ''])(
    'is refused as a field: %s',
    (field) => {
      expect(() => vertexCredentialForm.region(plain, field, 'us-east-1')).toThrow(
        expect.objectContaining({ param: 'region' }),
      );
    },
  );
});
