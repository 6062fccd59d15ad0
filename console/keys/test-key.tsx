import { useMutation, useQueryClient } from '@tanstack/preact-query';
import { useState } from 'preact/hooks';
import { bodyOf, type Schemas } from '../../client/client.ts';
import { formatExact, formatMs } from '../../client/format.ts';
import { failures, nameOf, type ProviderKey, testStates } from '../../client/words.ts';
import { State, TextField } from '../parts/controls.tsx';
import { Dialog, DialogForm } from '../parts/dialog.tsx';
import { Notice } from '../parts/notice.tsx';
import { useClient, useProviders } from '../shell/api.tsx';
import { FactRow } from './credential-field.tsx';

/** One cheap real call with the stored secret. `fresh`: the key was stored a moment ago. */
export function TestKey({ its, close, fresh = false }: { its: ProviderKey; close: () => void; fresh?: boolean }) {
  const client = useClient();
  const queries = useQueryClient();
  const { data: providers } = useProviders();
  const usual = providers?.find(({ name }) => name === its.provider)?.test_model ?? '';
  const [model, setModel] = useState('');
  const test = useMutation({
    mutationFn: () =>
      bodyOf(
        client.POST('/v1/provider-keys/{id}/test', {
          params: { path: { id: its.id } },
          body: model.trim() === '' ? {} : { model: model.trim() },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ['provider-keys'] }),
  });
  return (
    <Dialog title={`Test ${nameOf(its)}`} close={close}>
      <DialogForm
        submit={test.mutate}
        action={test.data ? 'Test again' : 'Test'}
        busy={test.isPending}
        error={test.error}
        close={close}
        leave={test.data || fresh ? 'Close' : 'Cancel'}
      >
        {fresh && (
          <Notice tone="ok" title="The key is stored.">
            <p>Nobody has asked the provider yet whether it works.</p>
          </Notice>
        )}
        <TextField
          label="Model (optional)"
          value={model}
          change={setModel}
          placeholder={usual}
          spellcheck={false}
          hint="One cheap real call with the stored secret, paid by the key's own account."
        />
        <div aria-live="polite">{test.data && !test.isPending && <Result test={test.data} />}</div>
      </DialogForm>
    </Dialog>
  );
}

function Result({ test }: { test: Schemas['ProviderKeyTest'] }) {
  const { tone, word, says } = testStates[test.state];
  // The gateway's own hint is for programs here: it names the call that rotates.
  const hint = test.state === 'invalid' ? failures.credential.todo : test.hint;
  return (
    <div class={`notice ${tone}`}>
      <p class="notice-title">
        <State tone={tone}>{word}</State>
      </p>
      <p>{says}</p>
      {hint !== null && <p>{hint}</p>}
      {test.state !== 'verified' && <blockquote class="quote">{test.detail}</blockquote>}
      <dl class="facts small">
        <FactRow name="Model" value={test.model} />
        {test.region !== null && <FactRow name="Region" value={test.region} />}
        {test.provider_status !== null && <FactRow name="Provider's status" value={String(test.provider_status)} />}
        <FactRow name="Took" value={formatMs(test.latency_ms)} />
        <FactRow name="At" value={formatExact(test.checked_at)} />
      </dl>
    </div>
  );
}
