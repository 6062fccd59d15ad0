import { useState } from 'preact/hooks';
import type { ApiError } from '../../client/api-error.ts';
import { TextField } from '../parts/controls.tsx';
import { ErrorNotice, Notice } from '../parts/notice.tsx';
import { type Session, signIn } from './session.ts';

/** `ended`: why the session before this one is over. */
export function SignIn({ ended, enter }: { ended: ApiError | null; enter: (session: Session) => void }) {
  const [key, setKey] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async () => {
    setBusy(true);
    setError(null);
    try {
      enter(await signIn(key));
    } catch (reason) {
      setError(reason);
    }
    setBusy(false);
  };
  return (
    <main class="sign-in">
      <Mark />
      <h1>Sign in to Keyway</h1>
      {ended !== null && error === null && (
        <Notice tone="warn" title="Your key does not open this page any more.">
          <p>{ended.message}</p>
          <p>Sign in with another key, or ask whoever gave you this one.</p>
        </Notice>
      )}
      <form
        class="stack"
        autocomplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void submit();
        }}
      >
        <TextField
          label="API key or admin token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          autofocus
          value={key}
          change={setKey}
          hint="A workspace's key begins with kw_. It stays in this tab and is forgotten when you close it."
        />
        {error !== null && <ErrorNotice error={error} />}
        <button type="submit" class="button primary" aria-disabled={busy}>
          {busy ? 'One moment…' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <rect width="32" height="32" rx="8" class="mark-ground" />
      <path
        fill="none"
        stroke="#fff"
        stroke-width="3"
        stroke-linecap="round"
        d="M10 16a4 4 0 1 0 0-.01M14 16h10m-3 0v4m-4-4v3"
      />
    </svg>
  );
}
