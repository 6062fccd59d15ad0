import { useState } from 'preact/hooks';
import type { Schemas } from '../../client/client.ts';
import { type Draft, fieldNames, formsOf, schemaOf } from '../../client/credential-draft.ts';
import { formatExact } from '../../client/format.ts';
import { recognise } from '../../client/recognise.ts';
import { Field, SelectField } from '../parts/controls.tsx';
import { Notice } from '../parts/notice.tsx';

type Provider = Schemas['Provider'];

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
            label={`${fieldNames[name] ?? name}${schema.required?.includes(name) ? '' : ' (optional)'}`}
            hint={property.title !== fieldNames[name] && !property.writeOnly ? property.title : undefined}
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
