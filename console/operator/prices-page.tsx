import { useMutation, useQuery, useQueryClient } from '@tanstack/preact-query';
import { useState } from 'preact/hooks';
import { type BodyOf, bodyOf, itemsOf, type Schemas } from '../../client/client.ts';
import { formatExact, formatUsd } from '../../client/format.ts';
import { State, Switch, TextField } from '../parts/controls.tsx';
import { Dialog, DialogForm } from '../parts/dialog.tsx';
import { Empty, Loaded } from '../parts/loaded.tsx';
import { Table } from '../parts/table.tsx';
import { useClient } from '../shell/api.tsx';

type Price = Schemas['Price'];

const columns = [
  'Model',
  'Platform',
  { name: 'Input', number: true },
  { name: 'Output', number: true },
  'Since',
  { name: 'Actions', hidden: true },
] satisfies Parameters<typeof Table>[0]['columns'];

export function PricesPage() {
  const client = useClient();
  const [open, setOpen] = useState<Price | 'new' | null>(null);
  const prices = useQuery({
    queryKey: ['prices'],
    queryFn: async ({ signal }) => {
      const all: Price[] = [];
      const page = (cursor: string | undefined) =>
        client.GET('/v1/prices', {
          params: { query: { limit: '100', ...(cursor !== undefined && { cursor }) } },
          signal,
        });
      for await (const price of itemsOf(page)) all.push(price);
      return all;
    },
  });
  return (
    <>
      <div class="page-head">
        <div>
          <h1>Prices</h1>
          <p>Your own prices, in USD for a million tokens. They replace those of the catalogue within a minute.</p>
        </div>
        <button type="button" class="button primary" onClick={() => setOpen('new')}>
          Set a price
        </button>
      </div>
      <Loaded asked={prices}>
        {(list) =>
          list.length === 0 ? (
            <Empty title="The catalogue's prices hold for every model" />
          ) : (
            <Table label="Prices" columns={columns}>
              {list.map((price) => (
                <tr key={price.id}>
                  <th scope="row">{price.id}</th>
                  <td>
                    {price.served ? <State tone="ok">Serves it</State> : <State tone="quiet">Does not serve it</State>}
                  </td>
                  <td class="number">{price.input_usd_per_million && formatUsd(price.input_usd_per_million)}</td>
                  <td class="number">{price.output_usd_per_million && formatUsd(price.output_usd_per_million)}</td>
                  <td class="nowrap">{formatExact(price.updated_at)}</td>
                  <td>
                    <button
                      type="button"
                      class="button quiet"
                      aria-label={`Change ${price.id}`}
                      onClick={() => setOpen(price)}
                    >
                      Change
                    </button>
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </Loaded>
      {open !== null && <PriceForm its={open === 'new' ? null : open} close={() => setOpen(null)} />}
    </>
  );
}

const amount = String.raw`\d+(\.\d{1,7})?`;

/** What it does not show (tiers, rates of cached or audio tokens) is sent back as it was. */
function PriceForm({ its, close }: { its: Price | null; close: () => void }) {
  const client = useClient();
  const queries = useQueryClient();
  const [id, setId] = useState(its?.id ?? '');
  const [served, setServed] = useState(its?.served ?? true);
  const [input, setInput] = useState(its?.input_usd_per_million ?? '');
  const [output, setOutput] = useState(its?.output_usd_per_million ?? '');
  const done = () => {
    void queries.invalidateQueries({ queryKey: ['prices'] });
    close();
  };
  const set = useMutation({
    mutationFn: () => {
      const { object: _, id: __, updated_at: ___, ...kept } = its ?? ({} as Partial<Price>);
      const rates = { input_usd_per_million: input.trim(), output_usd_per_million: output.trim() };
      const body: BodyOf<'setPrice'> = served ? { ...kept, served, ...rates } : { served };
      return bodyOf(client.PUT('/v1/prices/{id}', { params: { path: { id: id.trim() } }, body }));
    },
    onSuccess: done,
  });
  const reset = useMutation({
    mutationFn: () => bodyOf(client.DELETE('/v1/prices/{id}', { params: { path: { id } } })),
    onSuccess: done,
  });
  return (
    <Dialog title={its === null ? 'Set a price' : its.id} close={close}>
      <DialogForm
        submit={set.mutate}
        action="Save"
        busy={set.isPending || reset.isPending}
        error={set.error ?? reset.error}
        close={close}
      >
        {its === null && (
          <TextField
            label="Model"
            value={id}
            change={setId}
            required
            spellcheck={false}
            placeholder="openai/gpt-4o-mini"
            hint="<provider>/<model id>"
          />
        )}
        <Switch label="Platform credentials serve it" on={served} change={setServed}>
          {served ? 'Charged to credit at this price.' : 'Only own keys serve this model.'}
        </Switch>
        {served && (
          <div class="two">
            <TextField
              label="Input, USD a million"
              value={input}
              change={setInput}
              required
              inputMode="decimal"
              pattern={amount}
            />
            <TextField
              label="Output, USD a million"
              value={output}
              change={setOutput}
              required
              inputMode="decimal"
              pattern={amount}
            />
          </div>
        )}
        {its !== null && (
          <button type="button" class="button quiet" onClick={() => reset.mutate()}>
            Return to the catalogue's price
          </button>
        )}
      </DialogForm>
    </Dialog>
  );
}
