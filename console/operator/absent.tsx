import type { ComponentChildren } from 'preact';
import { Empty, Loaded } from '../parts/loaded.tsx';
import { isAbsent } from './records.ts';

/** Like `Loaded`, where the gateway may be one that has no such records. */
export function IfThere<Data>({
  asked,
  children,
}: {
  asked: { data: Data | undefined; error: unknown; refetch: () => unknown };
  children: (data: Data) => ComponentChildren;
}) {
  if (asked.data === undefined && isAbsent(asked.error)) return <Empty title="This gateway keeps no such records" />;
  return <Loaded asked={asked}>{children}</Loaded>;
}

export function Older({ more }: { more: (() => void) | null }) {
  if (more === null) return null;
  return (
    <button type="button" class="button quiet show-ended" onClick={more}>
      Older
    </button>
  );
}
