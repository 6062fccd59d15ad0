import type { JsonObject } from '../json.ts';

/**
 * The typed conversation in the middle: what a door's dialect reads and a provider's dialect writes. Whatever one wire
 * format can say and another can too has a place here. Nothing in it belongs to one format but what is marked so.
 */
export interface ChatRequest {
  /** In the caller's order, system turns where they stood. Neighbours of one role are not joined: writers do, as their format asks. */
  turns: Turn[];
  tools: Tool[];
  toolChoice: ToolChoice | null;
  parallelToolCalls: boolean | null;
  format: AnswerFormat | null;
  reasoning: ReasoningWish | null;
  maxTokens: number | null;
  temperature: number | null;
  topP: number | null;
  topK: number | null;
  seed: number | null;
  presencePenalty: number | null;
  frequencyPenalty: number | null;
  stop: string[];
  /** How many answers to give (`n`). */
  choices: number | null;
  logprobs: { top: number | null } | null;
  /** Whom the caller speaks for, to the provider's abuse detection. */
  userId: string | null;
  serviceTier: string | null;
  verbosity: string | null;
  /**
   * Fields without a place above, by the caller's own names, none of them null. A writer takes those that its provider
   * knows by that name; the rest is dropped and named.
   */
  extra: JsonObject;
  /** What the caller called each setting that was sent: for error messages and for `x-keyway-dropped-params`. */
  names: Partial<Record<Setting, string>>;
}

/** The settings that a format may not be able to take. */
export type Setting = Exclude<keyof ChatRequest, 'turns' | 'extra' | 'names'>;

export interface Turn {
  role: 'system' | 'user' | 'assistant';
  /** Tool results are blocks of user turns. */
  blocks: Block[];
  /** Where it stands in the caller's body, such as `messages.3`: for error messages. */
  at: string;
}

export type Block =
  | TextBlock
  | RefusalBlock
  | ImageBlock
  | DocumentBlock
  | AudioBlock
  | VideoBlock
  | ToolCallBlock
  | ToolResultBlock
  | ReasoningBlock
  | OpaqueBlock;

interface Placed {
  /** Where it stands in the caller's body, such as `messages.3.content.1`; absent in answers. */
  at?: string;
  /** The caller's mark: everything up to here is worth caching. */
  cache?: CacheMark;
}

export interface CacheMark {
  /** Null: the provider's default of five minutes. */
  ttl: string | null;
}

export interface TextBlock extends Placed {
  type: 'text';
  text: string;
  /** In the words of the maker whose model cited; `format` says whose words they are. */
  citations?: { format: string; values: JsonObject[] };
  /** Gemini signs texts, too (https://ai.google.dev/gemini-api/docs/thought-signatures). */
  signature?: Signature;
}

/** What the model said instead of an answer. */
export interface RefusalBlock extends Placed {
  type: 'refusal';
  text: string;
}

export type Source =
  /** `mediaType` in lower case, without parameters; empty when the caller named none. */
  | { type: 'base64'; mediaType: string; data: string }
  /** Anything that the provider or the gateway would have to fetch: https, gs, s3. */
  | { type: 'url'; url: string }
  | { type: 'text'; text: string }
  /** A file that was uploaded to the provider: readable only by whoever uploaded it. */
  | { type: 'stored'; id: string };

export interface ImageBlock extends Placed {
  type: 'image';
  source: Source;
  /** `low`, `high`, `auto`. */
  detail?: string;
}

export interface DocumentBlock extends Placed {
  type: 'document';
  source: Source;
  name?: string;
  /** What the caller says about the document, to the model. */
  context?: string;
  /** Whether the answer is to cite it. */
  citations?: boolean;
}

export interface AudioBlock extends Placed {
  type: 'audio';
  source: Source;
  /** `wav`, `mp3`, … where the caller named a format instead of a media type. */
  format?: string;
}

export interface VideoBlock extends Placed {
  type: 'video';
  source: Source;
}

export interface ToolCallBlock extends Placed {
  type: 'tool_call';
  id: string;
  name: string;
  /** JSON text of an object for functions, never empty (`{}`); free text for `custom` tools. */
  input: string;
  kind: 'function' | 'custom';
  signature?: Signature;
}

export interface ToolResultBlock extends Placed {
  type: 'tool_result';
  callId: string;
  /** The tool's name, where the caller repeats it: for formats that match results by name when the call itself is gone. */
  name?: string;
  /** Text, images, documents. */
  blocks: Block[];
  isError?: boolean;
}

/** Thoughts. What is signed or encrypted goes back unchanged with the next turn, to models of the maker that signed it. */
export interface ReasoningBlock extends Placed {
  type: 'reasoning';
  /** Readable thoughts; empty when they are hidden. */
  text: string;
  /** Signs `text`. */
  signature?: Signature;
  /** Thoughts that only the maker can read. */
  encrypted?: Signature;
  /** The id that some formats give to the thought itself. */
  id?: string;
}

export interface Signature {
  /** Whose: one maker's models refuse another's. */
  format: 'anthropic' | 'google' | 'openai' | 'amazon' | 'other';
  /** Opaque text, base64 nearly always. */
  value: string;
}

/** A block that only its own dialect understands: server tools and their results, and whatever is invented next. */
export interface OpaqueBlock extends Placed {
  type: 'opaque';
  dialect: DialectName;
  value: JsonObject;
}

export type DialectName =
  | 'openai-chat'
  | 'openai-responses'
  | 'openai-completions'
  | 'anthropic-messages'
  | 'gemini'
  | 'converse';

export type Tool = FunctionTool | CustomTool | HostedTool;

export interface FunctionTool extends Placed {
  type: 'function';
  name: string;
  description: string | null;
  /** JSON Schema; null when the tool takes no arguments. */
  parameters: JsonObject | null;
  strict: boolean | null;
}

/** A tool that takes free text (OpenAI's `custom` tools), perhaps within a grammar. */
export interface CustomTool extends Placed {
  type: 'custom';
  name: string;
  description: string | null;
  format: JsonObject | null;
}

/** A tool that the provider runs itself: only its own dialect can offer it. */
export interface HostedTool extends Placed {
  type: 'hosted';
  name: string;
  dialect: DialectName;
  value: JsonObject;
}

export type ToolChoice =
  | { type: 'auto' | 'none' | 'required' }
  | { type: 'tool'; name: string }
  | { type: 'allowed'; mode: 'auto' | 'required'; names: string[] };

export type AnswerFormat =
  | { type: 'json' }
  | { type: 'schema'; name: string; description: string | null; schema: JsonObject; strict: boolean | null };

export interface ReasoningWish {
  effort: Effort | null;
  /** Thinking tokens at most; the caller's own number. */
  budget: number | null;
  /** True: the caller lets the model decide (`thinking: {type: "adaptive"}`). */
  adaptive: boolean;
  /** How readable the thoughts are to be: `auto`, `concise`, `detailed`, `summarized`, `omitted`. */
  summary: string | null;
}

export const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
/** `none`: do not think. */
export type Effort = (typeof efforts)[number];
