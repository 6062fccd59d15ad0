import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ErrorNotice } from './notice.tsx';

interface Asked<Data> {
  data: Data | undefined;
  error: unknown;
  refetch: () => unknown;
}

/** The four states of an answer: on its way, late, refused, here. Data that is here stays while a newer answer fails. */
export function Loaded<Data>({
  asked,
  rows = 3,
  children,
}: {
  asked: Asked<Data>;
  rows?: number;
  children: (data: Data) => ComponentChildren;
}) {
  const again = () => void asked.refetch();
  if (asked.data !== undefined)
    return (
      <>
        {asked.error != null && <ErrorNotice error={asked.error} again={again} />}
        {children(asked.data)}
      </>
    );
  if (asked.error != null) return <ErrorNotice error={asked.error} again={again} />;
  return <Waiting rows={rows} />;
}

const lateMs = 4000;

export function Waiting({ rows }: { rows: number }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), lateMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div role="status" class="waiting">
      <span class="for-readers">Loading</span>
      {late && <p class="muted">This takes longer than usual. The gateway may be starting.</p>}
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} class="bone" />
      ))}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}
