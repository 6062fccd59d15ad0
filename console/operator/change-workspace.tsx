import { useMutation, useQueryClient } from '@tanstack/preact-query';
import { useState } from 'preact/hooks';
import { bodyOf } from '../../client/client.ts';
import { formatUsd } from '../../client/format.ts';
import { Switch, TextField } from '../parts/controls.tsx';
import { Dialog, DialogForm } from '../parts/dialog.tsx';
import { ShownOnce } from '../parts/shown-once.tsx';
import { useClient } from '../shell/api.tsx';
import type { Workspace } from './workspaces.tsx';

interface Props {
  its: Workspace;
  close: () => void;
}

/** As the API takes amounts: docs/api.md. */
const amount = String.raw`\d+(\.\d{1,7})?`;

function useRefresh(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey: ['workspaces'] });
}

export function NewWorkspace({ close }: { close: () => void }) {
  const client = useClient();
  const refresh = useRefresh();
  const [name, setName] = useState('');
  const [credit, setCredit] = useState('');
  const create = useMutation({
    mutationFn: () =>
      bodyOf(
        client.POST('/v1/workspaces', {
          body: { name: name.trim(), ...(credit.trim() !== '' && { credit_usd: credit.trim() }) },
        }),
      ),
    onSuccess: refresh,
    gcTime: 0,
  });
  if (create.data !== undefined)
    return <ShownOnce secret={create.data.api_key.key} title="Its first API key" close={close} />;
  return (
    <Dialog title="Create a workspace" close={close}>
      <DialogForm
        submit={create.mutate}
        action="Create workspace"
        busy={create.isPending}
        error={create.error}
        close={close}
      >
        <TextField label="Name" value={name} change={setName} required maxLength={200} />
        <TextField
          label="Credit, USD (optional)"
          value={credit}
          change={setCredit}
          inputMode="decimal"
          pattern={amount}
        />
      </DialogForm>
    </Dialog>
  );
}

export function AddCredit({ its, close }: Props) {
  const client = useClient();
  const refresh = useRefresh();
  const [usd, setUsd] = useState('');
  // One for as long as the dialog is open: pressing twice, or again after an answer that was lost, adds once.
  const [once] = useState(() => `console-${crypto.randomUUID()}`);
  const add = useMutation({
    mutationFn: () =>
      bodyOf(
        client.POST('/v1/workspaces/{id}/credits', {
          params: { path: { id: its.id } },
          body: { amount_usd: usd.trim(), idempotency_key: once },
        }),
      ),
    onSuccess: () => {
      refresh();
      close();
    },
  });
  return (
    <Dialog title={`Add credit to ${its.name}`} close={close}>
      <DialogForm submit={add.mutate} action="Add credit" busy={add.isPending} error={add.error} close={close}>
        <TextField
          label="Amount, USD"
          value={usd}
          change={setUsd}
          required
          inputMode="decimal"
          pattern={`-?${amount}`}
          hint={`It has ${formatUsd(its.balance_usd)} now.`}
        />
      </DialogForm>
    </Dialog>
  );
}

export function EditWorkspace({ its, close }: Props) {
  const client = useClient();
  const refresh = useRefresh();
  const [name, setName] = useState(its.name);
  const [enabled, setEnabled] = useState(its.enabled);
  const [days, setDays] = useState(String(its.retention_days));
  const [day, setDay] = useState(its.fallback_cap_day_usd ?? '');
  const [month, setMonth] = useState(its.fallback_cap_month_usd ?? '');
  const orNull = (text: string) => (text.trim() === '' ? null : text.trim());
  const change = useMutation({
    mutationFn: () =>
      bodyOf(
        client.PATCH('/v1/workspaces/{id}', {
          params: { path: { id: its.id } },
          body: {
            name: name.trim(),
            enabled,
            retention_days: Number(days),
            fallback_cap_day_usd: orNull(day),
            fallback_cap_month_usd: orNull(month),
          },
        }),
      ),
    onSuccess: () => {
      refresh();
      close();
    },
  });
  return (
    <Dialog title={`Edit ${its.name}`} close={close}>
      <DialogForm submit={change.mutate} action="Save" busy={change.isPending} error={change.error} close={close}>
        <TextField label="Name" value={name} change={setName} required maxLength={200} />
        <div class="two">
          <TextField
            label="Fallback cap a day, USD"
            value={day}
            change={setDay}
            inputMode="decimal"
            pattern={amount}
            hint="Empty: none."
          />
          <TextField
            label="Fallback cap a month, USD"
            value={month}
            change={setMonth}
            inputMode="decimal"
            pattern={amount}
            hint="Empty: none."
          />
          <TextField
            label="Days that the log is kept"
            type="number"
            min={1}
            max={3650}
            value={days}
            change={setDays}
            required
          />
        </div>
        <Switch label="Active" on={enabled} change={setEnabled}>
          {enabled ? 'Its keys are served.' : 'All its keys are refused from the next request on. Nothing is deleted.'}
        </Switch>
      </DialogForm>
    </Dialog>
  );
}
