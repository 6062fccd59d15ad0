import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from './controls.tsx';
import { ErrorNotice } from './notice.tsx';
import { useOwnId } from './own-id.ts';

/** The browser's own modal dialog: it keeps the focus inside, gives it back, closes with Escape, and hides the rest from screen readers. */
export function Dialog({ title, close, children }: { title: string; close: () => void; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useOwnId();
  useEffect(() => {
    const element = dialog.current;
    // Only an element of the page can become modal, and closing an open one gives the focus back to where it was.
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
    >
      <header class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  );
}

/** A form in a dialog: what went wrong stands above the buttons, and nothing that was typed is lost. */
export function DialogForm({
  submit,
  action,
  busy,
  error,
  close,
  danger = false,
  leave = 'Cancel',
  children,
}: {
  submit: () => void;
  action: string;
  busy: boolean;
  error: unknown;
  close: () => void;
  danger?: boolean;
  /** What the button says that closes the dialog. */
  leave?: string;
  children: ComponentChildren;
}) {
  return (
    <form
      class="stack"
      autocomplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) submit();
      }}
    >
      {children}
      {error != null && <ErrorNotice error={error} />}
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={close}>
          {leave}
        </button>
        <button type="submit" class={danger ? 'button danger' : 'button primary'} aria-disabled={busy}>
          {busy ? 'One moment…' : action}
        </button>
      </footer>
    </form>
  );
}
