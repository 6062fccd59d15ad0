import type { Frame } from '../../../functions/core/chat/frame.ts';
import { isObject, type JsonObject } from '../../../functions/core/json.ts';

/** The events of frames, in the order of their sending, each checked against its `event:` line. */
export function eventsOf(frames: Frame[]): JsonObject[] {
  const texts = frames.flatMap((frame) => {
    if (frame.type === 'event' || frame.type === 'end') return [frame.text];
    return frame.type === 'usage' ? [frame.write({}) ?? ''] : [];
  });
  return texts
    .join('')
    .split('\n\n')
    .filter((text) => text !== '')
    .map((text) => {
      const [first = '', second = '', ...more] = text.split('\n');
      const event: JsonObject = JSON.parse(second.replace(/^data: /, ''));
      if (first !== `event: ${String(event.type)}` || more.length > 0) throw new Error(`Not one event: ${text}`);
      return event;
    });
}

const grown: Record<string, string> = { text_delta: 'text', thinking_delta: 'thinking', signature_delta: 'signature' };

/** The message that events amount to, as clients put it together; throws where they are out of order. */
export function foldEvents(events: JsonObject[]): JsonObject {
  const blocks: JsonObject[] = [];
  let json = '';
  let open = false;
  let message: JsonObject = {};
  let begun = false;
  for (const event of events) {
    const expected = !begun ? ['message_start'] : open ? ['content_block_delta', 'content_block_stop'] : [];
    if (expected.length > 0 && !expected.includes(String(event.type))) throw new Error(`Early: ${String(event.type)}`);
    if ('index' in event && event.index !== blocks.length - (open ? 1 : 0)) throw new Error('An index is wrong.');
    const block = blocks.at(-1) ?? {};
    switch (event.type) {
      case 'message_start':
        message = isObject(event.message) ? event.message : {};
        begun = true;
        break;
      case 'content_block_start':
        if (!isObject(event.content_block)) throw new Error('A block is missing.');
        blocks.push({ ...event.content_block });
        open = true;
        json = '';
        break;
      case 'content_block_delta': {
        const delta = isObject(event.delta) ? event.delta : {};
        const field = grown[String(delta.type)];
        if (field !== undefined) block[field] = String(block[field]) + String(delta[field]);
        else if (delta.type === 'input_json_delta') json += String(delta.partial_json);
        else if (delta.type === 'citations_delta')
          block.citations = [...(Array.isArray(block.citations) ? block.citations : []), delta.citation];
        else throw new Error(`No such delta: ${String(delta.type)}`);
        break;
      }
      case 'content_block_stop':
        if (json !== '') block.input = JSON.parse(json);
        open = false;
        break;
      case 'message_delta':
        message = { ...message, ...(isObject(event.delta) ? event.delta : {}), usage: event.usage };
        break;
      case 'message_stop':
        return { ...message, content: blocks };
      default:
        throw new Error(`No such event: ${String(event.type)}`);
    }
  }
  throw new Error('The stream has no end.');
}
