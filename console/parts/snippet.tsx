import { Copyable } from './controls.tsx';

/** Code to take along. `what` it is, for screen readers. */
export function Snippet({ text, what }: { text: string; what: string }) {
  return (
    <div class="snippet">
      <pre>
        <code>{text}</code>
      </pre>
      <Copyable text={text} what={what} hidden />
    </div>
  );
}
