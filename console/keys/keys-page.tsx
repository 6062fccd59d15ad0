import {
  type Announcements,
  closestCenter,
  DndContext,
  type DragEndEvent,
  KeyboardSensor,
  PointerSensor,
  useSensor,
  useSensors,
} from '@dnd-kit/core';
import { SortableContext, sortableKeyboardCoordinates, verticalListSortingStrategy } from '@dnd-kit/sortable';
import { useIsMutating, useMutation, useQueryClient } from '@tanstack/preact-query';
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { bodyOf } from '../../client/client.ts';
import { moved, prioritiesFor } from '../../client/order.ts';
import { nameOf, type ProviderKey } from '../../client/words.ts';
import { Empty, Loaded } from '../parts/loaded.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { useClient, useProviderKeys } from '../shell/api.tsx';
import { AddKey } from './add-key.tsx';
import { KeyCard } from './key-card.tsx';

/** Health changes with every request; this is how often it is looked at while the page is seen. */
const refreshMs = 5_000;

/** While the order is being written, what is stored is some order between the old one and the new one: nobody wants to see it. */
const ordering = ['order-of-keys'];

export function KeysPage() {
  const isOrdering = useIsMutating({ mutationKey: ordering }) > 0;
  const keys = useProviderKeys(isOrdering ? undefined : refreshMs);
  const [adding, setAdding] = useState(false);
  return (
    <>
      <div class="page-head">
        <div>
          <h1>Keys</h1>
          <p>
            Your keys at AI providers. A request is tried with them from top to bottom, then with the platform's
            credentials.
          </p>
        </div>
        <button type="button" class="button primary" onClick={() => setAdding(true)}>
          Add key
        </button>
      </div>
      <Loaded asked={keys}>
        {(list) =>
          list.length === 0 ? (
            <Empty title="No provider keys yet">
              <p>Until you add one, the platform's credentials serve your requests, charged to your credit.</p>
              <button type="button" class="button primary" onClick={() => setAdding(true)}>
                Add your first key
              </button>
            </Empty>
          ) : (
            <Ordered keys={list} />
          )
        }
      </Loaded>
      {adding && <AddKey close={() => setAdding(false)} />}
    </>
  );
}

function Ordered({ keys }: { keys: ProviderKey[] }) {
  const client = useClient();
  const queries = useQueryClient();
  const [said, say] = useState('');
  const list = useRef<HTMLOListElement>(null);
  useKeptFocus(list);
  const order = useMutation({
    mutationKey: ordering,
    // One after the other: a later order must not be overtaken by an earlier one.
    scope: { id: 'order-of-keys' },
    mutationFn: async (wanted: ProviderKey[]) => {
      for (const [id, priority] of prioritiesFor(wanted))
        await bodyOf(client.PATCH('/v1/provider-keys/{id}', { params: { path: { id } }, body: { priority } }));
    },
    onMutate: async (wanted) => {
      await queries.cancelQueries({ queryKey: ['provider-keys'] });
      const changed = prioritiesFor(wanted);
      queries.setQueryData(
        ['provider-keys'],
        wanted.map((key) => ({ ...key, priority: changed.get(key.id) ?? key.priority })),
      );
    },
    // What is stored is some order on the way to the last one, as long as another waits to be written.
    onSettled: async () => {
      if (queries.isMutating({ mutationKey: ordering }) <= 1)
        await queries.invalidateQueries({ queryKey: ['provider-keys'] });
    },
  });
  const place = (from: number, to: number) => {
    if (from !== to && to >= 0 && to < keys.length) order.mutate(moved(keys, from, to));
  };
  const move = (key: ProviderKey, from: number, to: number) => {
    const at = Math.min(Math.max(to, 0), keys.length - 1);
    place(from, at);
    say(`${nameOf(key)} is ${at === from ? 'already' : 'now'} ${at + 1} of ${keys.length}.`);
  };
  const sensors = useSensors(
    // A press is no drag until it moves.
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  const drop = ({ active, over }: DragEndEvent) => {
    if (over === null) return;
    const indexOf = (id: unknown) => keys.findIndex((key) => key.id === id);
    place(indexOf(active.id), indexOf(over.id));
  };
  return (
    <>
      {order.error !== null && <ErrorNotice error={order.error} />}
      <p class="for-readers" aria-live="polite">
        {said}
      </p>
      <DndContext
        sensors={sensors}
        collisionDetection={closestCenter}
        accessibility={{ announcements: announcementsFor(keys), screenReaderInstructions }}
        onDragEnd={drop}
      >
        <SortableContext items={keys.map(({ id }) => id)} strategy={verticalListSortingStrategy}>
          <ol class="stack keys" ref={list}>
            {keys.map((key, index) => (
              <KeyCard
                key={key.id}
                its={key}
                place={index + 1}
                count={keys.length}
                move={(to) => move(key, index, to)}
                next={keys.slice(index + 1).find(({ enabled }) => enabled) ?? null}
              />
            ))}
          </ol>
        </SortableContext>
      </DndContext>
    </>
  );
}

/**
 * What has the focus keeps it when the list gets another order: an element that is put elsewhere in the document loses it, and a press of
 * the next key would be lost with it.
 */
function useKeptFocus(list: RefObject<HTMLElement>): void {
  const focused = document.activeElement;
  const held = focused instanceof HTMLElement && list.current?.contains(focused) ? focused : null;
  useLayoutEffect(() => {
    if (held !== null && held !== document.activeElement && held.isConnected) held.focus({ preventScroll: true });
  });
}

const screenReaderInstructions = {
  draggable:
    'Press space to pick the key up, the arrow keys to move it, space to drop it, and escape to leave it where it was.',
};

/** What is said while a key is dragged, by keyboard or pointer. */
function announcementsFor(keys: ProviderKey[]): Announcements {
  const name = (id: unknown) => keys.flatMap((key) => (key.id === id ? [nameOf(key)] : []))[0] ?? '';
  const place = (id: unknown) => `${keys.findIndex((key) => key.id === id) + 1} of ${keys.length}`;
  return {
    onDragStart: ({ active }) => `${name(active.id)} is picked up. It is ${place(active.id)}.`,
    onDragOver: ({ active, over }) => (over === null ? undefined : `${name(active.id)} would be ${place(over.id)}.`),
    onDragEnd: ({ active, over }) =>
      `${name(active.id)} is dropped${over === null ? '' : `. It is ${place(over.id)}`}.`,
    onDragCancel: ({ active }) => `${name(active.id)} stays where it was.`,
  };
}
