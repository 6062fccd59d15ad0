import { EventSourceParserStream } from 'eventsource-parser/stream';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Client, Schemas } from '../../client/client.ts';
import { useClient } from '../shell/api.tsx';

export interface Turn {
  role: 'user' | 'assistant';
  content: string;
}

export const policies = ['byok-first', 'byok-only', 'platform-only'] as const;
export type Policy = (typeof policies)[number];

/** What is asked, and how. */
export interface Question {
  model: string;
  policy: Policy;
  /** The only own key to try; empty: all of them. */
  pinned: string;
  system: string;
  turns: Turn[];
}

type Usage = NonNullable<Schemas['ChatCompletion']['usage']>;

/** What the answer said about itself beside its text. */
export interface Told {
  requestId: string | null;
  credential: string | null;
  provider: string | null;
  route: string | null;
  dropped: string | null;
  gatewayMs: number | null;
  firstMs: number | null;
  totalMs: number | null;
  usage: Usage | null;
}

export function headersOf({ policy, pinned }: Pick<Question, 'policy' | 'pinned'>): Record<string, string> {
  return {
    ...(policy !== 'byok-first' && { 'x-keyway-credentials': policy }),
    ...(pinned !== '' && { 'x-keyway-provider-key': pinned }),
  };
}

export function messagesOf({ system, turns }: Pick<Question, 'system' | 'turns'>): { role: string; content: string }[] {
  return [...(system.trim() === '' ? [] : [{ role: 'system', content: system }]), ...turns];
}

export interface Answering {
  turns: Turn[];
  told: Told | null;
  busy: boolean;
  error: unknown;
  ask: (question: Omit<Question, 'turns'>, text: string) => Promise<void>;
  stop: () => void;
  clear: () => void;
}

/** The conversation so far. A question that fails stays, so that it can be sent again. */
export function useChat(): Answering {
  const client = useClient();
  const [turns, setTurns] = useState<Turn[]>([]);
  const [told, setTold] = useState<Told | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const leaving = useRef(new AbortController());
  // Whoever leaves the view wants no more of the answer, and pays for no more of it.
  useEffect(() => () => leaving.current.abort(), []);
  const ask = async (question: Omit<Question, 'turns'>, text: string) => {
    const asked: Turn[] = [...turns, { role: 'user', content: text }];
    setTurns(asked);
    setBusy(true);
    setError(null);
    setTold(null);
    leaving.current = new AbortController();
    let content = '';
    try {
      for await (const step of stream(client, { ...question, turns: asked }, leaving.current.signal)) {
        content += step.text;
        setTold(step.told);
        if (content !== '') setTurns([...asked, { role: 'assistant', content }]);
      }
    } catch (reason) {
      if (!leaving.current.signal.aborted) setError(reason);
    }
    setBusy(false);
  };
  const clear = () => {
    setTurns([]);
    setTold(null);
    setError(null);
  };
  return {
    turns,
    told,
    busy,
    error,
    ask,
    stop: () => leaving.current.abort(),
    clear,
  };
}

interface Chunk {
  choices?: { delta?: { content?: string | null } }[];
  usage?: Usage | null;
  error?: { message: string };
}

/** The pieces of a streamed answer. Rejects when it is refused, and when it breaks off: a cut answer is never whole. */
async function* stream(
  client: Client,
  question: Question,
  signal: AbortSignal,
): AsyncGenerator<{ text: string; told: Told }> {
  const started = performance.now();
  const { data, response } = await client.POST('/v1/chat/completions', {
    body: {
      model: question.model,
      messages: messagesOf(question),
      stream: true,
      stream_options: { include_usage: true },
    },
    headers: headersOf(question),
    parseAs: 'stream',
    signal,
  });
  const header = (name: string) => response.headers.get(name);
  const gateway = /gateway;dur=([\d.]+)/.exec(header('server-timing') ?? '')?.[1];
  let told: Told = {
    requestId: header('x-request-id'),
    credential: header('x-keyway-credential'),
    provider: header('x-keyway-provider'),
    route: header('x-keyway-route'),
    dropped: header('x-keyway-dropped-params'),
    gatewayMs: gateway === undefined ? null : Number(gateway),
    firstMs: null,
    totalMs: null,
    usage: null,
  };
  yield { text: '', told };
  const events = (data as ReadableStream<Uint8Array<ArrayBuffer>>)
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  let complete = false;
  for await (const { data: text } of events) {
    if (text === '[DONE]') {
      complete = true;
      break;
    }
    const chunk = JSON.parse(text) as Chunk;
    if (chunk.error !== undefined) throw new Error(chunk.error.message);
    const piece = chunk.choices?.[0]?.delta?.content ?? '';
    const ms = performance.now() - started;
    told = {
      ...told,
      totalMs: ms,
      ...(piece !== '' && told.firstMs === null && { firstMs: ms }),
      ...(chunk.usage && { usage: chunk.usage }),
    };
    yield { text: piece, told };
  }
  if (!complete) throw new Error('The answer broke off before its end.');
}
