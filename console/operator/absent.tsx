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

/**
 * What scrolls sideways must be reached by keyboard: dequeuniversity.com/rules/axe/4.11/scrollable-region-focusable
 * `stacked`: on narrow screens the cells of a row stand below one another.
 */
export function ScrollingTable({
  label,
  stacked = false,
  children,
}: {
  label: string;
  stacked?: boolean;
  children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section class="table-scroll" tabIndex={0} aria-label={label}>
      <table class={stacked ? 'stacked' : ''}>{children}</table>
    </section>
  );
}

export function Older({ more }: { more: (() => void) | null }) {
  if (more === null) return null;
  return (
    <button type="button" class="button quiet show-ended" onClick={more}>
      Older
    </button>
  );
}
