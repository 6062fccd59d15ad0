import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../../../../functions/core/json.ts';
import { decide } from '../../brain/decide.ts';
import { reportOf, type Said, sinceAsked } from '../../brain/said.ts';
import { sampleOf } from '../../brain/schema-sample.ts';
import { seal } from '../../brain/signature.ts';
import { foundPage, searchIn } from '../../brain/web-search.ts';
import { list, object } from '../../values.ts';
import { cut } from '../chat.ts';
import { reasons } from '../models.ts';
import { responsesTools } from '../tools.ts';
import { environmentOf, saidIn } from './input.ts';
import { encryptedPrefix } from './problems.ts';

export interface Output {
  items: JsonObject[];
  /** Why the answer is not complete; null when it is. */
  incomplete: 'max_output_tokens' | 'content_filter' | null;
}

/** What the model makes of a conversation: it reasons, then calls tools, searches, or says something. */
export function outputOf(request: JsonObject, conversation: JsonObject[]): Output {
  const said = conversation.flatMap(saidIn);
  const calls = callsOf(request, conversation, said);
  const reasoning = reasoningItems(request, said);
  if (calls.length > 0) return { items: [...reasoning, ...calls], incomplete: null };
  const query = list(request.tools).some(({ type }) => String(type).startsWith('web_search'))
    ? searchIn(sinceAsked(said).asked)
    : null;
  if (query !== null && reportOf(said) === null) return { items: [...reasoning, ...searched(query)], incomplete: null };
  const { text, reason } = cut(wordsOf(request, said), request);
  const incomplete =
    request.model === 'sim-filtered' ? 'content_filter' : reason === 'length' ? 'max_output_tokens' : null;
  return { items: [...reasoning, message(text, [], incomplete === null ? 'completed' : 'incomplete')], incomplete };
}

function wordsOf(request: JsonObject, said: Said[]): string {
  const { type, schema } = object(object(request.text).format);
  if (type === 'json_schema') return JSON.stringify(sampleOf(schema));
  return type === 'json_object' ? '{}' : (reportOf(said) ?? `You said: ${sinceAsked(said).asked}`);
}

/** An item of reasoning: a summary where one is asked for, and the sealed whole where that is to be included. */
function reasoningItems(request: JsonObject, said: Said[]): JsonObject[] {
  const { effort, summary } = object(request.reasoning);
  if (!reasons(String(request.model)) || effort === 'none') return [];
  const thought = `The user says: ${sinceAsked(said).asked.slice(0, 60)}`;
  const sealed = Array.isArray(request.include) && request.include.includes('reasoning.encrypted_content');
  return [
    {
      id: newId('rs'),
      type: 'reasoning',
      summary: typeof summary === 'string' ? [{ type: 'summary_text', text: thought }] : [],
      ...(sealed && { encrypted_content: `${encryptedPrefix}${seal('reasoning', thought)}` }),
    },
  ];
}

function callsOf(request: JsonObject, conversation: JsonObject[], said: Said[]): JsonObject[] {
  const tools = responsesTools(request.tools);
  const choice = object(request.tool_choice);
  const allowed = list(choice.tools).map(({ name, type }) => name ?? type);
  const wish = choice.type === 'allowed_tools' ? choice.mode : request.tool_choice;
  const wanted = choice.name ?? (choice.type === 'local_shell' ? 'local_shell' : undefined);
  const called = decide({
    tools: allowed.length > 0 ? tools.filter(({ name }) => allowed.includes(name)) : tools,
    said,
    environment: environmentOf(request.instructions, conversation),
    choice: typeof wanted === 'string' ? { name: wanted } : wish === 'required' || wish === 'none' ? wish : 'free',
    parallel: request.parallel_tool_calls !== false,
  });
  return called.map(({ name, input }) => {
    const form = tools.find((tool) => tool.name === name)?.input;
    const call = { call_id: newId('call'), status: 'completed' };
    if (form === 'text') return { id: newId('ctc'), type: 'custom_tool_call', ...call, name, input };
    if (form !== 'command')
      return { id: newId('fc'), type: 'function_call', ...call, name, arguments: JSON.stringify(input) };
    const action = { type: 'exec', command: input, env: {}, timeout_ms: null, user: null, working_directory: null };
    return { id: newId('lsh'), type: 'local_shell_call', ...call, action };
  });
}

/** A search by OpenAI itself, and a sentence that cites what it found. */
function searched(query: string): JsonObject[] {
  const { url, title, text } = foundPage;
  const words = `I found this: ${text}`;
  const citation = {
    type: 'url_citation',
    start_index: words.length - text.length,
    end_index: words.length,
    url,
    title,
  };
  const action = { type: 'search', query, queries: [query] };
  return [
    { id: newId('ws'), type: 'web_search_call', status: 'completed', action },
    message(words, [citation], 'completed'),
  ];
}

function message(text: string, annotations: JsonObject[], status: string): JsonObject {
  const content = [{ type: 'output_text', annotations, logprobs: [], text }];
  return { id: newId('msg'), type: 'message', status, role: 'assistant', content };
}

export function newId(kind: string): string {
  return `${kind}_${randomBytes(24).toString('hex')}`;
}
