import { useMutation, useQueryClient } from '@tanstack/preact-query';
import { useState } from 'preact/hooks';
import { ApiError } from '../../client/api-error.ts';
import { bodyOf, type Schemas } from '../../client/client.ts';
import { type Draft, emptyDraft, toCredential } from '../../client/credential-draft.ts';
import { recognise } from '../../client/recognise.ts';
import { type ProviderKey, titleOf } from '../../client/words.ts';
import { SelectField, TextField } from '../parts/controls.tsx';
import { Dialog, DialogForm } from '../parts/dialog.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { useClient, useProviders } from '../shell/api.tsx';
import { CredentialField } from './credential-field.tsx';
import { ModelsField, modelsFrom } from './models-field.tsx';
import { TestKey } from './test-key.tsx';

/** Storing a key, and then the question whether it works. */
export function AddKey({ close }: { close: () => void }) {
  const [added, setAdded] = useState<ProviderKey | null>(null);
  const providers = useProviders();
  if (added !== null) return <TestKey its={added} close={close} fresh />;
  return (
    <Dialog title="Add a provider key" close={close}>
      <Loaded asked={providers}>{(list) => <Form providers={list} done={setAdded} close={close} />}</Loaded>
    </Dialog>
  );
}

function Form({
  providers,
  done,
  close,
}: {
  providers: Schemas['Provider'][];
  done: (key: ProviderKey) => void;
  close: () => void;
}) {
  const client = useClient();
  const queries = useQueryClient();
  const [chosen, choose] = useState<string | null>(null);
  const [draft, setDraft] = useState<Draft>(emptyDraft);
  const [label, setLabel] = useState('');
  const [region, setRegion] = useState('');
  const [models, setModels] = useState('');
  // A key that says whose it is chooses its provider, until somebody chooses another.
  const found = recognise(draft.pasted, Date.now())?.provider;
  const name = chosen ?? found ?? providers[0]?.name ?? '';
  const provider = providers.find((each) => each.name === name);
  const add = useMutation({
    mutationFn: () =>
      bodyOf(
        client.POST('/v1/provider-keys', {
          body: {
            provider: name,
            credential: toCredential(draft, provider),
            ...(label.trim() !== '' && { label: label.trim() }),
            ...(region.trim() !== '' && { region: region.trim() }),
            ...(models.trim() !== '' && { models: modelsFrom(models) }),
          },
        }),
      ),
    onSuccess: (key) => {
      // The secret leaves the page with the form.
      setDraft(emptyDraft);
      void queries.invalidateQueries({ queryKey: ['provider-keys'] });
      done(key);
    },
  });
  const param = add.error instanceof ApiError ? add.error.param : null;
  const wrongCredential = add.error instanceof ApiError && param?.startsWith('credential') ? add.error.message : null;
  const wrongRegion = add.error instanceof ApiError && param === 'region' ? add.error.message : null;
  const elsewhere = found != null && found !== name ? ` This looks like a key of ${titleOf(found, providers)}.` : '';
  return (
    <DialogForm
      submit={add.mutate}
      action="Add key"
      busy={add.isPending}
      error={wrongCredential === null && wrongRegion === null ? add.error : null}
      close={close}
    >
      <SelectField
        label="Provider"
        value={name}
        change={choose}
        options={providers.map((each) => [each.name, titleOf(each.name, providers)])}
        hint={
          provider && (
            <>
              <a href={provider.documentation} target="_blank" rel="noreferrer">
                Where to get one
              </a>
              .{elsewhere}
            </>
          )
        }
      />
      <CredentialField provider={provider} draft={draft} change={setDraft} error={wrongCredential} />
      {provider !== undefined && provider.permissions.length > 0 && (
        <p class="small">
          <span class="muted">It needs </span>
          {provider.permissions.map((permission, index) => (
            <span key={permission}>
              {index > 0 && ', '}
              <code>{permission}</code>
            </span>
          ))}
        </p>
      )}
      <div class="two">
        <TextField
          label="Label (optional)"
          value={label}
          change={setLabel}
          hint="How you will know it again."
          maxLength={200}
        />
        {hasRegions(provider) && (
          <TextField
            label="Region (optional)"
            value={region}
            change={setRegion}
            error={wrongRegion}
            placeholder="us-east-1"
            hint="Where the key does not name one itself."
          />
        )}
      </div>
      <ModelsField value={models} change={setModels} />
    </DialogForm>
  );
}

function hasRegions(provider: Schemas['Provider'] | undefined): boolean {
  return JSON.stringify(provider?.credential_schemas ?? []).includes('"region"');
}
