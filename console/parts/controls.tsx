import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { formatAgo, formatExact } from '../../client/format.ts';
import type { Tone } from '../../client/words.ts';
import { useOwnId } from './own-id.ts';

/** A word with a colour and a shape: nobody needs to tell the colours apart. */
export function State({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return (
    <span class={`state ${tone}`}>
      <span class="dot" aria-hidden="true" />
      {children}
    </span>
  );
}

/** "3 minutes ago", kept true while it is seen, with the exact time for whoever asks. */
export function Ago({ at }: { at: string }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <time dateTime={at} title={formatExact(at)}>
      {formatAgo(at, now)}
    </time>
  );
}

/** Text in a code face, copied by one press. `what` it is, for screen readers. */
export function Copyable({ text, what, hidden = false }: { text: string; what: string; hidden?: boolean }) {
  const [copied, copy] = useCopy(text);
  return (
    <span class="copyable">
      {!hidden && <code>{text}</code>}
      <button type="button" class="icon-button" onClick={copy} aria-label={`Copy ${what}`} title={`Copy ${what}`}>
        {copied ? <Icon name="check" /> : <Icon name="copy" />}
      </button>
      <span class="for-readers" aria-live="polite">
        {copied ? 'Copied' : ''}
      </span>
    </span>
  );
}

function useCopy(text: string): [boolean, () => void] {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  return [copied, () => void navigator.clipboard.writeText(text).then(() => setCopied(true))];
}

interface FieldProps {
  label: string;
  hint?: ComponentChildren;
  error?: string | null;
  children: (own: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': boolean }) => ComponentChildren;
}

/** A labelled control with its hint and what is wrong with it, tied together for screen readers. */
export function Field({ label, hint, error, children }: FieldProps) {
  const id = useOwnId();
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ') || undefined;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': described, 'aria-invalid': error != null })}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="wrong" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

type InputProps = Omit<JSX.IntrinsicElements['input'], 'onInput' | 'onChange' | 'label'>;

export function TextField({
  label,
  hint,
  error,
  value,
  change,
  ...input
}: InputProps & Omit<FieldProps, 'children'> & { value: string; change: (value: string) => void }) {
  return (
    <Field label={label} hint={hint} {...(error !== undefined && { error })}>
      {(own) => (
        <input
          type="text"
          autocomplete="off"
          {...input}
          {...own}
          value={value}
          onInput={(e) => change(e.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export function SelectField({
  label,
  hint,
  value,
  change,
  options,
}: {
  label: string;
  hint?: ComponentChildren;
  value: string;
  change: (value: string) => void;
  options: [value: string, words: string][];
}) {
  return (
    <Field label={label} hint={hint}>
      {(own) => (
        <select {...own} value={value} onChange={(e) => change(e.currentTarget.value)}>
          {options.map(([each, words]) => (
            <option key={each} value={each}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Switch({
  label,
  on,
  change,
  busy = false,
  children,
}: {
  label: string;
  on: boolean;
  change: (on: boolean) => void;
  busy?: boolean;
  children?: ComponentChildren;
}) {
  const id = useOwnId();
  return (
    <div class="switch">
      <input
        id={id}
        type="checkbox"
        role="switch"
        checked={on}
        aria-checked={on}
        disabled={busy}
        aria-describedby={`${id}-says`}
        onChange={(e) => change(e.currentTarget.checked)}
      />
      <div>
        <label for={id}>{label}</label>
        <div class="hint" id={`${id}-says`}>
          {children}
        </div>
      </div>
    </div>
  );
}

const paths = {
  copy: 'M9 9h10v10H9zM5 15V5h10',
  check: 'M5 12l5 5 9-10',
  up: 'M12 19V5m-6 6 6-6 6 6',
  down: 'M12 5v14m-6-6 6 6 6-6',
  grip: 'M9 5v.01M9 12v.01M9 19v.01M15 5v.01M15 12v.01M15 19v.01',
  close: 'M6 6l12 12M18 6 6 18',
  back: 'M19 12H5m6-6-6 6 6 6',
} as const;

export function Icon({ name }: { name: keyof typeof paths }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="16" height="16" aria-hidden="true">
      <path
        d={paths[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="2"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
