import { useMutation, useQueryClient } from '@tanstack/preact-query';
import { useState } from 'preact/hooks';
import { bodyOf } from '../../client/client.ts';
import { SelectField, Switch, TextField } from '../parts/controls.tsx';
import { Dialog, DialogForm } from '../parts/dialog.tsx';
import { ShownOnce } from '../parts/shown-once.tsx';
import { useClient } from '../shell/api.tsx';
import { type ApiKey, LimitFields, limitsOf, toBody } from './limits.tsx';

type Scope = ApiKey['scopes'][number];

interface Props {
  its: ApiKey;
  close: () => void;
}

function useRefresh(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey: ['api-keys'] });
}

export function NewApiKey({ close }: { close: () => void }) {
  const client = useClient();
  const refresh = useRefresh();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<Scope[]>(['inference']);
  const [limits, setLimits] = useState(limitsOf(null));
  const create = useMutation({
    mutationFn: () =>
      bodyOf(
        client.POST('/v1/api-keys', {
          body: { ...(name.trim() !== '' && { name: name.trim() }), scopes, ...toBody(limits) },
        }),
      ),
    onSuccess: refresh,
    gcTime: 0,
  });
  if (create.data !== undefined) return <ShownOnce secret={create.data.key} title="Your new API key" close={close} />;
  return (
    <Dialog title="Create an API key" close={close}>
      <DialogForm submit={create.mutate} action="Create key" busy={create.isPending} error={create.error} close={close}>
        <TextField label="Name (optional)" value={name} change={setName} hint="Where it is used." maxLength={200} />
        <Scopes scopes={scopes} change={setScopes} />
        <LimitFields limits={limits} change={setLimits} />
      </DialogForm>
    </Dialog>
  );
}

function Scopes({ scopes, change }: { scopes: Scope[]; change: (scopes: Scope[]) => void }) {
  const choices: [Scope, string][] = [
    ['inference', 'Call models'],
    ['manage', 'Manage keys, see requests and usage'],
  ];
  return (
    <fieldset class="choices">
      <legend>It may</legend>
      {choices.map(([scope, words]) => (
        <label key={scope}>
          <input
            type="checkbox"
            checked={scopes.includes(scope)}
            onChange={(e) =>
              change(e.currentTarget.checked ? [...scopes, scope] : scopes.filter((each) => each !== scope))
            }
          />
          {words}
        </label>
      ))}
    </fieldset>
  );
}

export function EditApiKey({ its, close }: Props) {
  const client = useClient();
  const refresh = useRefresh();
  const [name, setName] = useState(its.name ?? '');
  const [scopes, setScopes] = useState<Scope[]>(its.scopes);
  const [enabled, setEnabled] = useState(its.enabled);
  const [limits, setLimits] = useState(limitsOf(its));
  const change = useMutation({
    mutationFn: () =>
      bodyOf(
        client.PATCH('/v1/api-keys/{id}', {
          params: { path: { id: its.id } },
          body: { name: name.trim() === '' ? null : name.trim(), scopes, enabled, ...toBody(limits) },
        }),
      ),
    onSuccess: () => {
      refresh();
      close();
    },
  });
  return (
    <Dialog title={`Edit ${its.name ?? 'API key'}`} close={close}>
      <DialogForm submit={change.mutate} action="Save" busy={change.isPending} error={change.error} close={close}>
        <TextField label="Name" value={name} change={setName} maxLength={200} />
        <Scopes scopes={scopes} change={setScopes} />
        <Switch label="In use" on={enabled} change={setEnabled}>
          {enabled
            ? 'Requests with this key are served.'
            : 'Requests with this key are refused until it is switched on again.'}
        </Switch>
        <LimitFields limits={limits} change={setLimits} />
      </DialogForm>
    </Dialog>
  );
}

const overlaps: [string, string][] = [
  ['0', 'None: the old key ends at once'],
  ['3600', 'One hour'],
  ['86400', 'One day'],
  ['604800', 'One week'],
];

export function RotateApiKey({ its, close }: Props) {
  const client = useClient();
  const refresh = useRefresh();
  const [overlap, setOverlap] = useState('86400');
  const rotate = useMutation({
    mutationFn: () =>
      bodyOf(
        client.POST('/v1/api-keys/{id}/rotate', {
          params: { path: { id: its.id } },
          body: { overlap_seconds: Number(overlap) },
        }),
      ),
    onSuccess: refresh,
    gcTime: 0,
  });
  if (rotate.data !== undefined)
    return <ShownOnce secret={rotate.data.key} title="The key in its place" close={close} />;
  return (
    <Dialog title={`Rotate ${its.name ?? 'API key'}`} close={close}>
      <DialogForm submit={rotate.mutate} action="Rotate" busy={rotate.isPending} error={rotate.error} close={close}>
        <p>A new key with the same name, scopes and limits. What was spent counts on.</p>
        <SelectField
          label="How long both hold"
          value={overlap}
          change={setOverlap}
          options={overlaps}
          hint="Time to put the new key into your programs."
        />
      </DialogForm>
    </Dialog>
  );
}

export function RevokeApiKey({ its, close }: Props) {
  const client = useClient();
  const refresh = useRefresh();
  const revoke = useMutation({
    mutationFn: () => bodyOf(client.DELETE('/v1/api-keys/{id}', { params: { path: { id: its.id } } })),
    onSuccess: () => {
      refresh();
      close();
    },
  });
  return (
    <Dialog title={`Revoke ${its.name ?? 'API key'}?`} close={close}>
      <DialogForm
        submit={revoke.mutate}
        action="Revoke key"
        danger
        busy={revoke.isPending}
        error={revoke.error}
        close={close}
      >
        <p>
          Programs that use it are refused from now on, and it cannot be brought back. If you are signed in with it,
          this page closes.
        </p>
      </DialogForm>
    </Dialog>
  );
}
