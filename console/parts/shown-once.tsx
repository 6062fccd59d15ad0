import { Dialog } from './dialog.tsx';
import { Notice } from './notice.tsx';
import { Snippet } from './snippet.tsx';

/** The one time that an API key is seen: it is gone from the page with this dialog. */
export function ShownOnce({ secret, title, close }: { secret: string; title: string; close: () => void }) {
  return (
    <Dialog title={title} close={close}>
      <div class="stack">
        <Notice tone="warn" title="Copy it now: it is never shown again.">
          <p>Keyway keeps only a fingerprint of it.</p>
        </Notice>
        <Snippet text={secret} what="API key" />
        <footer class="dialog-foot">
          <button type="button" class="button primary" onClick={close}>
            I have it
          </button>
        </footer>
      </div>
    </Dialog>
  );
}
