import { useState } from 'preact/hooks';
import { formatCount, formatMs, formatUsd } from '../../client/format.ts';
import { nameOf } from '../../client/words.ts';
import { Field, SelectField } from '../parts/controls.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { Snippet } from '../parts/snippet.tsx';
import { useModels, useProviderKeys } from '../shell/api.tsx';
import { hrefOf } from '../shell/route.ts';
import { gatewayUrl } from '../shell/session.ts';
import { type Answering, type Policy, type Question, type Told, useChat } from './chat.ts';
import { codeFor, type Language, languages } from './code.ts';
import { ModelField } from './model-field.tsx';

const policyWords: [Policy, string][] = [
  ['byok-first', 'Own keys, then the platform'],
  ['byok-only', 'Own keys only'],
  ['platform-only', 'Platform only'],
];

export function PlaygroundPage() {
  const { data: models } = useModels();
  // A key of the scope `inference` may not see provider keys; then there is nothing to pin.
  const { data: keys } = useProviderKeys();
  const [model, setModel] = useState('openai/gpt-4o-mini');
  const [policy, setPolicy] = useState<Policy>('byok-first');
  const [pinned, pin] = useState('');
  const [system, setSystem] = useState('');
  const [text, setText] = useState('');
  const chat = useChat();
  const settings = { model, policy, pinned, system };
  const send = () => {
    if (text.trim() === '' || chat.busy) return;
    void chat.ask(settings, text);
    setText('');
  };
  const asked =
    chat.turns.length > 0
      ? chat.turns.slice(0, chat.turns.findLastIndex(({ role }) => role === 'user') + 1)
      : [{ role: 'user' as const, content: text || 'Say hello.' }];
  return (
    <>
      <div class="page-head">
        <div>
          <h1>Playground</h1>
          <p>A real request with the key that you signed in with, as your programs send it.</p>
        </div>
      </div>
      <div class="playground">
        <section class="stack" aria-label="Settings">
          <ModelField
            value={model}
            change={setModel}
            models={(models ?? []).filter(({ kind }) => kind === 'chat').map(({ id }) => id)}
          />
          <SelectField
            label="Credentials"
            value={policy}
            change={(value) => setPolicy(value as Policy)}
            options={policyWords}
          />
          {keys !== undefined && keys.length > 0 && (
            <SelectField
              label="Own key"
              value={pinned}
              change={pin}
              options={[
                ['', 'All, in their order'],
                ...keys.map((key): [string, string] => [key.id, `Only ${nameOf(key)}`]),
              ]}
            />
          )}
          <Field label="System prompt (optional)">
            {(own) => <textarea {...own} rows={3} value={system} onInput={(e) => setSystem(e.currentTarget.value)} />}
          </Field>
        </section>
        <section class="stack" aria-label="Conversation">
          <Conversation chat={chat} />
          <form
            class="stack ask"
            onSubmit={(event) => {
              event.preventDefault();
              send();
            }}
          >
            <Field label="Message" hint="Enter sends, Shift and Enter begin a new line.">
              {(own) => (
                <textarea
                  {...own}
                  rows={3}
                  value={text}
                  onInput={(e) => setText(e.currentTarget.value)}
                  onKeyDown={(event) => {
                    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
                    event.preventDefault();
                    send();
                  }}
                />
              )}
            </Field>
            <div class="row">
              {chat.busy ? (
                <button type="button" class="button" onClick={chat.stop}>
                  Stop
                </button>
              ) : (
                <button type="submit" class="button primary">
                  Send
                </button>
              )}
              {chat.turns.length > 0 && !chat.busy && (
                <button type="button" class="button quiet" onClick={chat.clear}>
                  Start anew
                </button>
              )}
            </div>
          </form>
          <Code question={{ ...settings, turns: asked }} />
        </section>
      </div>
    </>
  );
}

function Conversation({ chat: { turns, told, busy, error } }: { chat: Answering }) {
  if (turns.length === 0) return null;
  return (
    <>
      <ol class="stack turns" aria-live="polite" aria-busy={busy}>
        {turns.map(({ role, content }, index) => (
          <li key={index} class={`turn ${role}`}>
            <span class="for-readers">{role === 'user' ? 'You' : 'Model'}: </span>
            {content}
          </li>
        ))}
      </ol>
      {busy && turns.at(-1)?.role === 'user' && <p class="muted">Waiting for the first word…</p>}
      {error !== null && <ErrorNotice error={error} />}
      {told !== null && <Facts told={told} />}
    </>
  );
}

function Facts({ told }: { told: Told }) {
  const { usage } = told;
  const rows: [string, string | null][] = [
    [
      'Served by',
      told.credential && `${told.credential === 'byok' ? 'your own key' : 'the platform'}, ${told.provider}`,
    ],
    ['Route', told.route],
    ['First word after', told.firstMs === null ? null : formatMs(told.firstMs)],
    ['Whole answer after', told.totalMs === null ? null : formatMs(told.totalMs)],
    ['Of it in Keyway', told.gatewayMs === null ? null : formatMs(told.gatewayMs)],
    ['Tokens', usage && `${formatCount(usage.prompt_tokens)} in, ${formatCount(usage.completion_tokens ?? 0)} out`],
    ['Charged to credit', usage?.cost === undefined ? null : formatUsd(usage.cost)],
    ['Left out', told.dropped],
  ];
  return (
    <dl class="facts card padded small" aria-label="About this answer">
      {rows
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <div key={name} class="fact">
            <dt>{name}</dt>
            <dd>{name === 'Route' ? <code>{value}</code> : value}</dd>
          </div>
        ))}
      {told.requestId !== null && (
        <div class="fact">
          <dt>Request</dt>
          <dd>
            <a href={hrefOf(['requests', told.requestId])}>
              <code>{told.requestId}</code>
            </a>
          </dd>
        </div>
      )}
    </dl>
  );
}

function Code({ question }: { question: Question }) {
  const [language, choose] = useState<Language>('curl');
  return (
    <section class="stack code-box" aria-label="The same request as code">
      <div class="spread">
        <h2>The same request as code</h2>
        <fieldset class="choices">
          <legend class="for-readers">Language</legend>
          {languages.map((each) => (
            <label key={each}>
              <input type="radio" name="language" checked={language === each} onChange={() => choose(each)} />
              {each}
            </label>
          ))}
        </fieldset>
      </div>
      <Snippet text={codeFor(language, question, gatewayUrl)} what="code" />
    </section>
  );
}
