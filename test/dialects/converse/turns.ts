import type { Block, ChatRequest, FunctionTool, Turn } from '../../../functions/core/chat/conversation.ts';

export const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

function turn(role: Turn['role'], content: string | Block[], at = 'messages.0'): Turn {
  return { role, blocks: typeof content === 'string' ? [{ type: 'text', text: content }] : content, at };
}

export const user = (content: string | Block[]) => turn('user', content);
export const assistant = (content: string | Block[]) => turn('assistant', content);
export const system = (content: string | Block[]) => turn('system', content);

export function tool(name: string, changes: Partial<FunctionTool> = {}): FunctionTool {
  return { type: 'function', name, description: null, parameters: null, strict: null, ...changes };
}

export const weather = tool('get_weather', {
  description: 'The weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
});

export function wish(changes: Partial<NonNullable<ChatRequest['reasoning']>>): NonNullable<ChatRequest['reasoning']> {
  return { effort: null, budget: null, adaptive: false, summary: null, ...changes };
}

export function toolLoop(input = '{"city":"Paris"}', result = '21'): Turn[] {
  const call = (id: string): Block => ({ type: 'tool_call', id, name: 'get_weather', input, kind: 'function' });
  const answer = (callId: string): Block => ({ type: 'tool_result', callId, blocks: [{ type: 'text', text: result }] });
  return [
    user('weather?'),
    assistant([call('call_1'), call('call_2')]),
    user([answer('call_1')]),
    user([answer('call_2')]),
    user('and tomorrow?'),
  ];
}
