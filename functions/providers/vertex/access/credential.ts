import { createPrivateKey } from 'node:crypto';
import { type CredentialForm, CredentialIssue, type ParsedCredential } from '../../../core/accounts/credential-form.ts';
import { isObject, type JsonObject, parseJson } from '../../../core/json.ts';
import { apiKeyCredential } from '../../api-key-form.ts';
import { isProject, isRegion } from './address.ts';
import { federationTrust, parseFederated } from './federated-form.ts';

/** What is kept of a service account's JSON. Its URLs are neither stored nor followed: they would send signed assertions anywhere. */
interface ServiceAccount {
  type: 'service_account';
  project_id: string;
  private_key_id?: string;
  private_key: string;
  client_email: string;
  region?: string;
}

/** A key file is about 2.4 kB; a 16384-bit key would still fit. */
const longestJson = 32_768;
const longestKey = 16_384;

const defaultRegion = 'global';

/**
 * Google service accounts (https://cloud.google.com/iam/docs/keys-create-delete), as an object or as JSON text; API keys of express
 * mode (https://cloud.google.com/vertex-ai/generative-ai/docs/start/express-mode/overview); workload identity federation.
 * For what was stored already: calls check it against the settings as they are then.
 */
export const vertexCredentialForm: CredentialForm = {
  parse(input: unknown): ParsedCredential {
    const given = readObject(input);
    if ('apiKey' in given) return readApiKey(given);
    // Without a type: the JSON of Google's clients names addresses to call.
    if (given.type === undefined && 'poolId' in given) return parseFederated(given);
    const account = readAccount(given);
    const { region } = account;
    return {
      value: { ...account },
      type: 'service_account',
      hint: account.client_email,
      region: region === undefined ? null : { region, source: 'credential' },
      names: { project: account.project_id, service_account: account.client_email },
    };
  },

  region(parsed, field) {
    if (parsed.region) return parsed.region;
    if (field === null) return { region: defaultRegion, source: 'default' };
    if (!isRegion(field)) throw new CredentialIssue('region', regionForm);
    return { region: field, source: 'field' };
  },

  trust: {
    bind: (value, { workspaceId }) => ('poolId' in value ? { ...value, workspaceId } : value),
    ask: () => null,
  },
};

/** What may be stored, and what the owner of a pool has to set up, by the operator's settings. */
export function vertexFormIn({ federationRoleArn }: { federationRoleArn: string | null }): CredentialForm {
  return {
    ...vertexCredentialForm,
    parse(input) {
      const parsed = vertexCredentialForm.parse(input);
      if (parsed.type === 'workload_identity' && federationRoleArn === null)
        throw new CredentialIssue(
          'credential',
          'The operator of this gateway has not set up workload identity federation (KEYWAY_FEDERATION_ROLE_ARN).',
        );
      return parsed;
    },
    trust: {
      bind: (value, owner) => vertexCredentialForm.trust?.bind(value, owner) ?? value,
      ask: (type, owner) =>
        type === 'workload_identity' && federationRoleArn !== null ? federationTrust(federationRoleArn, owner) : null,
    },
  };
}

const { form: apiKeyForm } = apiKeyCredential('Vertex AI');

/** Express mode knows no regions and no projects. */
function readApiKey(given: JsonObject): ParsedCredential {
  if (Object.keys(given).length > 1)
    throw new CredentialIssue('credential', 'A credential with an apiKey holds nothing else.');
  return { ...apiKeyForm.parse(given), region: { region: defaultRegion, source: 'credential' } };
}

const regionForm = 'The region must be `global`, `us`, `eu` or a Google Cloud region such as `europe-west4`.';

function readObject(input: unknown): JsonObject {
  if (typeof input === 'string' && input.length > longestJson)
    throw new CredentialIssue('credential', 'The service account JSON is too long.');
  const value = typeof input === 'string' ? parseJson(input) : input;
  if (!isObject(value))
    throw new CredentialIssue(
      'credential',
      'The credential must be the JSON of a service account key, as an object or as text, an apiKey, or the fields of workload identity federation.',
    );
  return value;
}

function readAccount(json: JsonObject): ServiceAccount {
  // Other types (external_account, authorized_user …) make clients call addresses or run commands that the JSON names.
  if (json.type !== 'service_account')
    throw new CredentialIssue(
      'credential.type',
      'Only keys of type `service_account` are accepted; workload identity federation takes named fields (GET /v1/providers).',
    );
  if (
    json.universe_domain !== undefined &&
    json.universe_domain !== null &&
    json.universe_domain !== 'googleapis.com'
  ) {
    throw new CredentialIssue('credential.universe_domain', 'Only the universe `googleapis.com` is accepted.');
  }
  const project = text(json, 'project_id', 128);
  if (!isProject(project))
    throw new CredentialIssue('credential.project_id', 'The project id has characters that no project id has.');
  const email = text(json, 'client_email', 320);
  if (!/^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+$/.test(email))
    throw new CredentialIssue('credential.client_email', 'The client e-mail is no e-mail address.');
  const keyId = optionalText(json, 'private_key_id', 128);
  if (keyId !== undefined && !/^[A-Za-z0-9_-]+$/.test(keyId))
    throw new CredentialIssue('credential.private_key_id', 'The private key id has unexpected characters.');
  const region = optionalText(json, 'region', 64);
  if (region !== undefined && !isRegion(region)) throw new CredentialIssue('credential.region', regionForm);
  return {
    type: 'service_account',
    project_id: project,
    ...(keyId !== undefined && { private_key_id: keyId }),
    private_key: readPrivateKey(text(json, 'private_key', longestKey)),
    client_email: email,
    ...(region !== undefined && { region }),
  };
}

/** PKCS #8 PEM of the key. Keys are often pasted with their line breaks as literal `\n` pairs. */
function readPrivateKey(pem: string): string {
  let key: ReturnType<typeof createPrivateKey>;
  try {
    key = createPrivateKey({ key: pem.replaceAll('\\r', '').replaceAll('\\n', '\n'), format: 'pem' });
  } catch {
    // The error of OpenSSL says nothing that helps and is not ours to repeat.
    throw new CredentialIssue(
      'credential.private_key',
      'The private key does not parse: it must be the whole PEM text, from BEGIN to END.',
    );
  }
  if (key.asymmetricKeyType !== 'rsa')
    throw new CredentialIssue('credential.private_key', 'The private key must be an RSA key.');
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function text(json: JsonObject, name: string, longest: number): string {
  const value = json[name];
  if (typeof value !== 'string' || value === '')
    throw new CredentialIssue(`credential.${name}`, `The service account JSON needs \`${name}\`.`);
  if (value.length > longest) throw new CredentialIssue(`credential.${name}`, `\`${name}\` is too long.`);
  return value;
}

function optionalText(json: JsonObject, name: string, longest: number): string | undefined {
  const value = json[name];
  return value === undefined || value === null ? undefined : text(json, name, longest);
}
