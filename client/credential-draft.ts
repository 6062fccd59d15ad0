import type { Schemas } from './client.ts';

type Provider = Schemas['Provider'];

/** What has been typed so far. `form`: `paste`, or the number of one of the provider's schemas. */
export interface Draft {
  form: string;
  pasted: string;
  fields: Record<string, string>;
}

export const emptyDraft: Draft = { form: 'paste', pasted: '', fields: {} };

interface Property {
  type?: string;
  title?: string;
  writeOnly?: boolean;
  const?: unknown;
}
interface ObjectSchema {
  type: 'object';
  properties: Record<string, Property>;
  required?: string[];
}

/** A credential as the API takes it: what was pasted as it is, a JSON file as an object, or the filled fields. Null: nothing yet. */
export function toCredential({ form, pasted, fields }: Draft, provider: Provider | undefined): unknown {
  if (form === 'paste') {
    const text = pasted.trim();
    if (text === '') return null;
    return text.startsWith('{') ? (parse(text) ?? text) : text;
  }
  const { properties } = schemaOf(provider, form);
  const filled = Object.entries(fields).filter(([, value]) => value.trim() !== '');
  if (filled.length === 0) return null;
  return Object.fromEntries(
    filled.map(([name, value]) => [name, properties[name]?.type === 'object' ? (parse(value) ?? value) : value.trim()]),
  );
}

/** How people call the fields of a credential. */
export const fieldNames: Record<string, string> = {
  apiKey: 'API key',
  organization: 'Organization',
  project: 'Project',
  region: 'Region',
  accessKeyId: 'Access key id',
  secretAccessKey: 'Secret access key',
  sessionToken: 'Session token',
  endpoint: 'Endpoint',
  apiVersion: 'API version',
  deployments: 'Deployments',
  tenantId: 'Tenant id',
  clientId: 'Client id',
  clientSecret: 'Client secret',
  baseUrl: 'Address',
  headers: 'Headers',
};

/** Pasting where a string will do; fields for what holds more than a key. A JSON file is pasted, not filled in. */
export function formsOf(provider: Provider | undefined): [string, string][] {
  const schemas = (provider?.credential_schemas ?? [{ type: 'string' }]) as unknown as (
    | ObjectSchema
    | { type: 'string' }
  )[];
  const forms: [string, string][] = schemas.some(({ type }) => type === 'string')
    ? [['paste', 'A key or file to paste']]
    : [];
  for (const [index, schema] of schemas.entries()) {
    if (schema.type !== 'object' || 'type' in schema.properties) continue;
    const names = Object.keys(schema.properties);
    if (names.length === 1) continue;
    const required = schema.required ?? [];
    const optional = names.filter((name) => !required.includes(name));
    const named = (list: string[]) => list.map((name) => fieldNames[name] ?? name).join(', ');
    forms.push([
      String(index),
      required.length === 1 ? `${named(required)} with ${named(optional).toLowerCase()}` : named(required),
    ]);
  }
  return forms;
}

export function schemaOf(provider: Provider | undefined, form: string): ObjectSchema {
  const schema = provider?.credential_schemas[Number(form)] as unknown as ObjectSchema | undefined;
  return schema ?? { type: 'object', properties: {} };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
