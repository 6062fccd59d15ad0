import { useState } from 'preact/hooks';
import type { Schemas } from '../../client/client.ts';
import { Field, SelectField } from '../parts/controls.tsx';
import { formatExact } from '../parts/format.ts';
import { Notice } from '../parts/notice.tsx';
import { recognise } from './recognise.ts';

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

/** Where a credential is pasted or filled in. What the text says about itself is said at once, without asking anybody. */
export function CredentialField({
  provider,
  draft,
  change,
  error,
}: {
  provider: Provider | undefined;
  draft: Draft;
  change: (draft: Draft) => void;
  error: string | null;
}) {
  const forms = formsOf(provider);
  const form = forms.some(([value]) => value === draft.form) ? draft.form : (forms[0]?.[0] ?? 'paste');
  const schema = form === 'paste' ? null : schemaOf(provider, form);
  return (
    <>
      {forms.length > 1 && (
        <SelectField
          label="What you have"
          value={form}
          change={(next) => change({ ...draft, form: next })}
          options={forms}
        />
      )}
      {schema === null ? (
        <Pasted draft={{ ...draft, form }} change={change} error={error} />
      ) : (
        Object.entries(schema.properties).map(([name, property]) => (
          <Field
            key={name}
            label={`${words[name] ?? name}${schema.required?.includes(name) ? '' : ' (optional)'}`}
            hint={property.title !== words[name] && !property.writeOnly ? property.title : undefined}
            {...(schema.required?.[0] === name && { error })}
          >
            {(own) => (
              <textarea
                {...own}
                rows={property.type === 'object' ? 3 : 1}
                class={property.writeOnly ? 'secret masked' : ''}
                autocomplete="off"
                spellcheck={false}
                placeholder={property.type === 'object' ? '{"name": "value"}' : ''}
                value={draft.fields[name] ?? ''}
                onInput={(e) => change({ ...draft, form, fields: { ...draft.fields, [name]: e.currentTarget.value } })}
              />
            )}
          </Field>
        ))
      )}
    </>
  );
}

function Pasted({ draft, change, error }: { draft: Draft; change: (draft: Draft) => void; error: string | null }) {
  const [shown, show] = useState(false);
  const found = recognise(draft.pasted, Date.now());
  return (
    <div class="stack recognised">
      <Field
        label="Credential"
        hint="Paste the key, or the whole JSON file. It is stored encrypted and never shown again."
        error={error}
      >
        {(own) => (
          <textarea
            {...own}
            rows={3}
            class={shown ? 'secret' : 'secret masked'}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            value={draft.pasted}
            onInput={(e) => change({ ...draft, pasted: e.currentTarget.value })}
          />
        )}
      </Field>
      <label class="row small">
        <input type="checkbox" checked={shown} onChange={(e) => show(e.currentTarget.checked)} /> Show what I pasted
      </label>
      {found !== null && (
        <Notice tone={found.problem === null ? 'ok' : 'bad'} title={found.problem ?? `Recognised: ${found.what}`}>
          {found.problem !== null && <p>{found.what}</p>}
          {found.facts.length > 0 && (
            <dl class="facts">
              {found.facts.map(([name, value]) => (
                <FactRow key={name} name={name} value={name === 'Valid until' ? formatExact(value) : value} />
              ))}
            </dl>
          )}
        </Notice>
      )}
    </div>
  );
}

export function FactRow({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

const words: Record<string, string> = {
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
function formsOf(provider: Provider | undefined): [string, string][] {
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
    const named = (list: string[]) => list.map((name) => words[name] ?? name).join(', ');
    forms.push([
      String(index),
      required.length === 1 ? `${named(required)} with ${named(optional).toLowerCase()}` : named(required),
    ]);
  }
  return forms;
}

function schemaOf(provider: Provider | undefined, form: string): ObjectSchema {
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
