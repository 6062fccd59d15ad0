import { useMutation, useQueryClient } from '@tanstack/preact-query';
import { useState } from 'preact/hooks';
import { ApiError } from '../../client/api-error.ts';
import { type BodyOf, bodyOf, type Schemas } from '../../client/client.ts';
import { type Draft, emptyDraft, toCredential } from '../../client/credential-draft.ts';
import { modelNames, nameOf, type ProviderKey, titleOf } from '../../client/words.ts';
import { Switch, TextField } from '../parts/controls.tsx';
import { Dialog, DialogForm } from '../parts/dialog.tsx';
import { useClient, useProviders } from '../shell/api.tsx';
import { CredentialField } from './credential-field.tsx';
import { ModelsField, modelsFrom } from './models-field.tsx';
import { TestKey } from './test-key.tsx';

interface Props {
  its: ProviderKey;
  close: () => void;
}

function useChange(its: ProviderKey, done: (key: Schemas['ProviderKey']) => void) {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: BodyOf<'updateProviderKey'>) =>
      bodyOf(client.PATCH('/v1/provider-keys/{id}', { params: { path: { id: its.id } }, body })),
    onSuccess: (key) => {
      void queries.invalidateQueries({ queryKey: ['provider-keys'] });
      done(key);
    },
  });
}

/** A new credential in place of the old one; the next request uses it. Then the question whether it works. */
export function RotateKey({ its, close }: Props) {
  const { data: providers } = useProviders();
  const provider = providers?.find(({ name }) => name === its.provider);
  const [draft, setDraft] = useState<Draft>(emptyDraft);
  const [rotated, setRotated] = useState<ProviderKey | null>(null);
  const change = useChange(its, (key) => {
    setDraft(emptyDraft);
    setRotated(key);
  });
  if (rotated !== null) return <TestKey its={rotated} close={close} fresh />;
  const wrong =
    change.error instanceof ApiError && change.error.param?.startsWith('credential') ? change.error.message : null;
  return (
    <Dialog title={`Rotate ${nameOf(its)}`} close={close}>
      <DialogForm
        submit={() => change.mutate({ credential: toCredential(draft, provider) })}
        action="Rotate"
        busy={change.isPending}
        error={wrong === null ? change.error : null}
        close={close}
      >
        <p class="muted">
          Paste the new credential of {titleOf(its.provider, providers)}. The next request uses it; order, models and
          label stay. Revoke the old one at the provider afterwards.
        </p>
        <CredentialField provider={provider} draft={draft} change={setDraft} error={wrong} />
      </DialogForm>
    </Dialog>
  );
}

export function EditKey({ its, close }: Props) {
  const [label, setLabel] = useState(its.label ?? '');
  const [region, setRegion] = useState(its.region ?? '');
  const listed = modelNames(its).join('\n');
  const [models, setModels] = useState(listed);
  const [enabled, setEnabled] = useState(its.enabled);
  const change = useChange(its, close);
  const submit = () =>
    change.mutate({
      label: label.trim() === '' ? null : label.trim(),
      // Left as it is, it keeps what it says about the models behind the names.
      ...(models !== listed && { models: modelsFrom(models) }),
      enabled,
      ...(region !== (its.region ?? '') && { region: region.trim() === '' ? null : region.trim() }),
    });
  return (
    <Dialog title={`Edit ${nameOf(its)}`} close={close}>
      <DialogForm submit={submit} action="Save" busy={change.isPending} error={change.error} close={close}>
        <div class="two">
          <TextField label="Label" value={label} change={setLabel} maxLength={200} />
          {its.region !== null && (
            <TextField
              label="Region"
              value={region}
              change={setRegion}
              disabled={its.region_source === 'key' || its.region_source === 'credential'}
              {...((its.region_source === 'key' || its.region_source === 'credential') && {
                hint: 'The credential names it; rotate to change it.',
              })}
            />
          )}
        </div>
        <ModelsField value={models} change={setModels} />
        <Switch label="In use" on={enabled} change={setEnabled}>
          {enabled
            ? 'Requests are tried with this key.'
            : 'Requests pass this key over, as if it were not there. Nothing is deleted.'}
        </Switch>
      </DialogForm>
    </Dialog>
  );
}

export function DeleteKey({ its, next, close }: Props & { next: ProviderKey | null }) {
  const client = useClient();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => bodyOf(client.DELETE('/v1/provider-keys/{id}', { params: { path: { id: its.id } } })),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['provider-keys'] });
      close();
    },
  });
  return (
    <Dialog title={`Delete ${nameOf(its)}?`} close={close}>
      <DialogForm
        submit={remove.mutate}
        action="Delete key"
        danger
        busy={remove.isPending}
        error={remove.error}
        close={close}
      >
        <p>
          The stored secret is destroyed at once, and cannot be brought back. The key at the provider stays what it is.
        </p>
        <p>
          {next === null
            ? "Requests that used it go to your other keys, or to the platform's credentials, charged to your credit."
            : `Requests that used it go to ${nameOf(next)} next.`}{' '}
          {!its.fallback_enabled && 'This key is exclusive: without it the platform may serve what it kept for itself.'}
        </p>
      </DialogForm>
    </Dialog>
  );
}
