import type { ComponentChildren } from 'preact';

/** The heading of a column. `number`: its cells stand at the right. `hidden`: only screen readers need to be told. */
type Column = string | { name: string; number?: true; hidden?: true };

/**
 * What scrolls sideways must be reached by keyboard: dequeuniversity.com/rules/axe/4.11/scrollable-region-focusable
 * `stacked`: on narrow screens the cells of a row stand below one another.
 */
export function Table({
  label,
  columns,
  stacked = false,
  children,
}: {
  label: string;
  columns: Column[];
  stacked?: boolean;
  /** The rows. */
  children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section class="table-scroll" tabIndex={0} aria-label={label}>
      <table class={stacked ? 'stacked' : ''}>
        <thead>
          <tr>
            {columns.map((column) => {
              const { name, number, hidden } = typeof column === 'string' ? { name: column } : column;
              return (
                <th key={name} scope="col" class={number && 'number'}>
                  {hidden ? <span class="for-readers">{name}</span> : name}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
