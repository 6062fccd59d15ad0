import type { ComponentChildren } from 'preact';
import { Suspense } from 'preact/compat';
import { useErrorBoundary } from 'preact/hooks';
import { Waiting } from './loaded.tsx';
import { Notice } from './notice.tsx';

/** A part that is loaded when it is opened: it waits, and what goes wrong in it leaves the rest of the page as it is. */
export function Part({ rows, children }: { rows: number; children: ComponentChildren }) {
  const [error] = useErrorBoundary();
  if (error !== undefined)
    return (
      <Notice tone="bad" title="This part of the page could not be shown.">
        <p>The gateway may have been updated since you opened the page.</p>
        <button type="button" class="button" onClick={() => location.reload()}>
          Load the page anew
        </button>
      </Notice>
    );
  return <Suspense fallback={<Waiting rows={rows} />}>{children}</Suspense>;
}
