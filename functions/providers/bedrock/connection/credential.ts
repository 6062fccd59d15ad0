import { type CredentialForm, CredentialIssue, type ParsedCredential } from '../../../core/accounts/credential-form.ts';
import { isObject, type JsonObject, parseJson } from '../../../core/json.ts';
import { readRoleArn } from '../../sessions/role-arn.ts';

/**
 * What the adapter gets: an API key, a pair of IAM keys, a role to assume with the key's external id, or `{ambient: true}` for
 * the function's own role. The external id and the last one are never parsed from outside.
 */
export type BedrockCredential =
  | { apiKey: string; region?: string }
  | { accessKeyId: string; secretAccessKey: string; sessionToken?: string; region: string }
  | { roleArn: string; region: string; externalId?: string; workspaceId?: string }
  | { ambient: true };

/** What signs or proves a call by itself. */
export type HeldCredential = Exclude<BedrockCredential, { roleArn: string }>;

const longTermPrefix = 'ABSK';
const shortTermPrefix = 'bedrock-api-key-';

/** A region becomes part of a host name, so only this shape passes. Regions that do not exist yet must pass, too. */
const regionPattern = /^[a-z]{2,8}(?:-[a-z0-9]{1,16}){1,3}-\d{1,2}$/;

export function isRegion(text: unknown): text is string {
  return typeof text === 'string' && regionPattern.test(text);
}

export const bedrockCredentialForm: CredentialForm = {
  parse(input) {
    if (typeof input === 'string') {
      const text = input.trim();
      return text.startsWith('{') ? parseFields(parseJson(text)) : parseApiKey(text, undefined, 'credential');
    }
    return parseFields(input);
  },
  region(parsed, field, deploymentDefault) {
    if (field !== null && !isRegion(field))
      throw new CredentialIssue('region', 'This is not the name of an AWS region, such as us-east-1.');
    if (parsed.region !== null) return parsed.region;
    return field === null ? { region: deploymentDefault, source: 'default' } : { region: field, source: 'field' };
  },
};

function parseFields(input: unknown): ParsedCredential {
  if (!isObject(input))
    throw new CredentialIssue(
      'credential',
      'A Bedrock credential is an API key, or an object with apiKey, one with accessKeyId, secretAccessKey and region, or one with roleArn and region.',
    );
  if (input.apiKey !== undefined && input.roleArn !== undefined)
    throw new CredentialIssue('credential', 'Give either an apiKey or a roleArn, not both.');
  if (input.apiKey !== undefined && (input.accessKeyId !== undefined || input.secretAccessKey !== undefined)) {
    throw new CredentialIssue('credential', 'Give either an apiKey or AWS credentials, not both.');
  }
  if (input.apiKey !== undefined)
    return parseApiKey(
      typeof input.apiKey === 'string' ? input.apiKey.trim() : input.apiKey,
      input.region,
      'credential.apiKey',
    );
  if (input.roleArn !== undefined) return parseRole(input);
  const accessKeyId = readText(input, 'accessKeyId', /^\w{16,128}$/);
  const value: JsonObject = {
    accessKeyId,
    secretAccessKey: readText(input, 'secretAccessKey', /^[\x21-\x7e]{16,256}$/),
  };
  if (input.sessionToken !== undefined && input.sessionToken !== null)
    value.sessionToken = readText(input, 'sessionToken', /^[\x21-\x7e]{16,8192}$/);
  const region = readRegion(input.region);
  if (region === null) throw new CredentialIssue('credential.region', 'AWS credentials need the region to call.');
  value.region = region;
  return { value, type: 'aws_credentials', hint: lastFour(accessKeyId), region: { region, source: 'credential' } };
}

/** What proves to the role's owner that it is this key's use of it is Keyway's to make: nobody else names it. */
function parseRole(input: JsonObject): ParsedCredential {
  const { roleArn } = input;
  const role = readRoleArn(roleArn);
  if (role === null)
    throw new CredentialIssue('credential.roleArn', 'roleArn must look like arn:aws:iam::<account>:role/<name>.');
  if (input.externalId !== undefined)
    throw new CredentialIssue('credential.externalId', 'Keyway makes the external id, and shows it with the key.');
  if (input.accessKeyId !== undefined || input.secretAccessKey !== undefined || input.sessionToken !== undefined)
    throw new CredentialIssue('credential', 'Give either a roleArn or AWS credentials, not both.');
  const region = readRegion(input.region);
  if (region === null) throw new CredentialIssue('credential.region', 'A role needs the region to call.');
  return {
    value: { roleArn: String(roleArn), region },
    type: 'role',
    hint: `${role.account}:role/${role.name}`,
    region: { region, source: 'credential' },
    names: { account: role.account, role: role.name },
  };
}

function parseApiKey(key: unknown, regionField: unknown, param: string): ParsedCredential {
  const named = readRegion(regionField);
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,8192}$/.test(key)) {
    throw new CredentialIssue(param, 'A Bedrock API key is a text without spaces, line breaks or control characters.');
  }
  const hint = lastFour(key);
  if (key.startsWith(shortTermPrefix)) {
    const shortTerm = readShortTermKey(key);
    if (shortTerm === null)
      throw new CredentialIssue(
        param,
        'This short-term Bedrock API key is damaged: its region and expiry cannot be read.',
      );
    return { value: { apiKey: key }, type: 'api_key', hint, region: { region: shortTerm.region, source: 'key' } };
  }
  // 109 characters and more follow the prefix of a real one; a user's name may be shorter than any seen.
  if (!key.startsWith(longTermPrefix) || !/^[A-Za-z0-9+/]{24,}={0,2}$/.test(key.slice(longTermPrefix.length))) {
    throw new CredentialIssue(
      param,
      `A Bedrock API key starts with ${longTermPrefix} or ${shortTermPrefix} and goes on in base64.`,
    );
  }
  if (named === null) return { value: { apiKey: key }, type: 'api_key', hint, region: null };
  return {
    value: { apiKey: key, region: named },
    type: 'api_key',
    hint,
    region: { region: named, source: 'credential' },
  };
}

/**
 * The region and the expiry (epoch ms) inside a short-term key; null when it is none or is damaged.
 * The key is `bedrock-api-key-` and the base64 of a presigned URL without its scheme (npm: @aws/bedrock-token-generator).
 * It may die earlier, together with the session that signed it.
 */
export function readShortTermKey(key: string): { region: string; expiresAt: number } | null {
  if (!key.startsWith(shortTermPrefix)) return null;
  const url = Buffer.from(key.slice(shortTermPrefix.length), 'base64').toString('latin1');
  if (!url.startsWith('bedrock.amazonaws.com/?')) return null;
  const query = new URLSearchParams(url.slice(url.indexOf('?')));
  const region = query.get('X-Amz-Credential')?.split('/')[2];
  const date = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '');
  const seconds = query.get('X-Amz-Expires') ?? '';
  if (!isRegion(region) || date === null || !/^\d{1,6}$/.test(seconds)) return null;
  const [, year, month, day, hour, minute, second] = date.map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { region, expiresAt: Date.UTC(year, month - 1, day, hour, minute, second) + Number(seconds) * 1000 };
}

function readText(input: JsonObject, name: string, pattern: RegExp): string {
  const value = input[name];
  const text = typeof value === 'string' ? value.trim() : value;
  if (text === undefined || text === null || text === '')
    throw new CredentialIssue(`credential.${name}`, `${name} is missing.`);
  if (typeof text !== 'string' || !pattern.test(text))
    throw new CredentialIssue(`credential.${name}`, `This does not look like the ${name} of AWS credentials.`);
  return text;
}

function readRegion(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (!isRegion(value))
    throw new CredentialIssue('credential.region', 'This is not the name of an AWS region, such as us-east-1.');
  return value;
}

function lastFour(text: string): string {
  return `…${text.slice(-4)}`;
}
