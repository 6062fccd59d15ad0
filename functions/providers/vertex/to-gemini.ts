import { refuse } from '../../core/chat/refusal.ts';
import { isObject, type JsonObject, parseJson } from '../../core/json.ts';
import { droppedParams, messagesOf, partsOf, saidBy, textsOf, toolCallsOf } from './chat-request.ts';
import type { TranslatedRequest } from './dialect.ts';
import { geminiPart } from './gemini-media.ts';
import { needsThoughtSignatures } from './gemini-models.ts';
import { generationConfig, settingFields, toolSettings } from './gemini-settings.ts';

const taken: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'reasoning_effort',
  ...settingFields,
]);

/** The value that Google documents for calls whose signature is lost (https://ai.google.dev/gemini-api/docs/thought-signatures). */
const noSignature = 'skip_thought_signature_validator';

/** An OpenAI chat request as a generateContent request. Throws `Refusal`. */
export function toGemini(body: JsonObject, model: string): TranslatedRequest {
  const { system, contents } = conversation(messagesOf(body), needsThoughtSignatures(model));
  const { config, dropped } = generationConfig(body, model);
  return {
    body: {
      contents,
      ...(system.length > 0 && { systemInstruction: { parts: system } }),
      ...toolSettings(body),
      ...(config && { generationConfig: config }),
    },
    droppedParams: droppedParams(body, taken, dropped),
  };
}

interface Content extends JsonObject {
  role: 'user' | 'model';
  parts: JsonObject[];
}

/** Gemini knows the roles user and model only; neighbours of one role become one turn. */
function conversation(messages: JsonObject[], signatures: boolean): { system: JsonObject[]; contents: Content[] } {
  const system: JsonObject[] = [];
  const contents: Content[] = [];
  const results = createResults();
  let asked = false;

  function append(role: Content['role'], parts: JsonObject[]): void {
    const last = contents.at(-1);
    if (parts.length === 0) return;
    if (last?.role === role) last.parts.push(...parts);
    else contents.push({ role, parts });
  }

  for (const [i, message] of messages.entries()) {
    const param = `messages.${i}`;
    if (message.role !== 'tool') append('user', results.take());
    switch (message.role) {
      case 'system':
      case 'developer':
        system.push(...textParts(textsOf(message.content, `${param}.content`)));
        break;
      case 'user':
        asked = true;
        append(
          'user',
          partsOf(message.content, `${param}.content`)
            .map((part, j) => geminiPart(part, `${param}.content.${j}`))
            .filter(notEmpty),
        );
        break;
      case 'assistant': {
        const calls = toolCallsOf(message, param);
        results.expect(calls);
        append('model', [...textParts(textsOf(saidBy(message), `${param}.content`)), ...callParts(calls, signatures)]);
        break;
      }
      case 'tool':
        results.add(message, param);
        break;
      default:
        refuse(`${param}.role`, 'The role must be system, developer, user, assistant or tool.');
    }
  }
  append('user', results.take());
  // Gemini refuses a request without contents and an empty text, but takes a space (github.com/googleapis/python-genai/issues/878).
  if (contents.length === 0 && asked && system.length > 0) append('user', [{ text: ' ' }]);
  // OpenAI takes instructions alone.
  if (contents.length === 0) append('user', system.splice(0));
  if (contents.length === 0) refuse('messages', 'The messages hold no content.');
  return { system, contents };
}

function textParts(texts: string[]): JsonObject[] {
  return texts.filter((text) => text !== '').map((text) => ({ text }));
}

function notEmpty(part: JsonObject): boolean {
  return part.text !== '';
}

/** Of parallel calls only the first carries a signature. Ids stay here: Vertex AI matches by name and order. */
function callParts(calls: ReturnType<typeof toolCallsOf>, signatures: boolean): JsonObject[] {
  const lost = signatures && calls.every((call) => call.thoughtSignature === null);
  return calls.map(({ name, input, thoughtSignature }, i) => {
    const signature = thoughtSignature ?? (lost && i === 0 ? noSignature : null);
    return { functionCall: { name, args: input }, ...(signature !== null && { thoughtSignature: signature }) };
  });
}

/**
 * Collects the results of one turn's calls: they go into one user turn, named after their calls. They stay where the caller
 * put them, but results of the same name stand in the order of their calls: nothing else tells Google which is which.
 */
function createResults() {
  const calls = new Map<string, { name: string; position: number }>();
  let collected: { position: number; name: string; part: JsonObject }[] = [];
  let position = 0;
  return {
    expect(turn: { id: string; name: string }[]): void {
      for (const { id, name } of turn) calls.set(id, { name, position: position++ });
    },
    add(message: JsonObject, param: string): void {
      const call = calls.get(String(message.tool_call_id));
      const name = call?.name ?? message.name;
      if (typeof name !== 'string' || name === '') refuse(`${param}.tool_call_id`, 'No earlier tool call has this id.');
      const response = resultOf(textsOf(message.content, `${param}.content`).join(''));
      collected.push({ position: call?.position ?? position, name, part: { functionResponse: { name, response } } });
    },
    take(): JsonObject[] {
      const byName = Map.groupBy(
        collected.toSorted((a, b) => a.position - b.position),
        ({ name }) => name,
      );
      const parts = collected.map(({ name, part }) => byName.get(name)?.shift()?.part ?? part);
      collected = [];
      return parts;
    },
  };
}

/**
 * The response must be an object: other results are wrapped. So are objects that would not arrive as they are: Google reads
 * `$ref` as a reference to media, and its numbers are doubles (https://protobuf.dev/reference/protobuf/google.protobuf/#struct).
 */
function resultOf(text: string): JsonObject {
  const exact = !/"\$ref"/.test(text) && !/\d{16}/.test(text.replace(quoted, ''));
  const value = exact ? parseJson(text) : undefined;
  return isObject(value) ? value : { result: text };
}

const quoted = /"(?:[^"\\]|\\.)*"/g;
