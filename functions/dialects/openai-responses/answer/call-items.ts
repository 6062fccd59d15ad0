import type { OpenBlock } from '../../../core/chat/answer.ts';
import type { ChatRequest } from '../../../core/chat/conversation.ts';
import { customInput } from '../../../core/chat/offered-tools.ts';
import { localShell, offersLocalShell, shellAction } from '../request/local-shell.ts';
import { callersName } from '../request/namespaces.ts';
import type { Items, OpenItem } from './items.ts';

type Call = Extract<OpenBlock, { type: 'tool_call' }>;
type Named = ReturnType<typeof callersName>;

/** A call as the item that belongs to the tool that the caller offered: models of other makers know functions alone. */
export function createCallItem(call: Call, request: ChatRequest, items: Items): OpenItem {
  const named = callersName(request.tools, call.name);
  if (call.kind === 'custom') return customCall(call.id, named, items);
  if (call.name === localShell.name && offersLocalShell(request)) return shellCall(call, items);
  if (request.tools.some(({ type, name }) => type === 'custom' && name === call.name))
    return freeTextCall(call.id, named, items);
  return functionCall(call.id, named, items);
}

function functionCall(id: string, named: Named, items: Items): OpenItem {
  const item = { id: items.id('fc'), type: 'function_call', call_id: id, ...named };
  const output_index = items.begin({ ...item, arguments: '', status: 'in_progress' });
  const place = { item_id: item.id, output_index };
  let input = '';
  const delta = (text: string) => {
    input += text;
    items.emit('response.function_call_arguments.delta', { ...place, delta: text });
  };
  return {
    delta,
    close() {
      if (input.trim() === '') delta('{}');
      items.emit('response.function_call_arguments.done', { ...place, name: named.name, arguments: input });
      items.end(output_index, { ...item, arguments: input, status: 'completed' });
    },
  };
}

function customCall(id: string, named: Named, items: Items): OpenItem {
  const item = { id: items.id('ctc'), type: 'custom_tool_call', call_id: id, ...named };
  const output_index = items.begin({ ...item, input: '', status: 'in_progress' });
  const place = { item_id: item.id, output_index };
  let input = '';
  return {
    delta(text) {
      input += text;
      items.emit('response.custom_tool_call_input.delta', { ...place, delta: text });
    },
    close() {
      items.emit('response.custom_tool_call_input.done', { ...place, input });
      items.end(output_index, { ...item, input, status: 'completed' });
    },
  };
}

/** The free text lies in a JSON object, which has to be whole to be read. */
function freeTextCall(id: string, named: Named, items: Items): OpenItem {
  const item = customCall(id, named, items);
  let json = '';
  return {
    delta(text) {
      json += text;
    },
    close(part) {
      const input = customInput(json);
      if (input !== '') item.delta(input);
      item.close(part);
    },
  };
}

function shellCall({ id }: Call, items: Items): OpenItem {
  const item = { id: items.id('lsh'), type: 'local_shell_call', call_id: id };
  const output_index = items.begin({ ...item, status: 'in_progress', action: shellAction('') });
  let input = '';
  return {
    delta(text) {
      input += text;
    },
    close() {
      items.end(output_index, { ...item, status: 'completed', action: shellAction(input) });
    },
  };
}
