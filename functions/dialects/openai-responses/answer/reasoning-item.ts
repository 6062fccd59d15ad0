import type { ReasoningBlock } from '../../../core/chat/conversation.ts';
import type { JsonObject } from '../../../core/json.ts';
import { carryReasoning } from '../carrier.ts';
import type { Items, OpenItem } from './items.ts';

/** Thoughts are one part of the summary: that is what clients show and repeat. */
export function openReasoning({ id }: Pick<ReasoningBlock, 'id'>, items: Items): OpenItem {
  const item = { id: items.id('rs'), type: 'reasoning', summary: [] as JsonObject[] };
  const output_index = items.begin(item);
  const place = { item_id: item.id, output_index, summary_index: 0 };
  let text = '';
  return {
    delta(more) {
      if (text === '')
        items.emit('response.reasoning_summary_part.added', { ...place, part: { type: 'summary_text', text: '' } });
      text += more;
      items.emit('response.reasoning_summary_text.delta', { ...place, delta: more });
    },
    close({ signature, encrypted }) {
      const part = { type: 'summary_text', text };
      if (text !== '') {
        items.emit('response.reasoning_summary_text.done', { ...place, text });
        items.emit('response.reasoning_summary_part.done', { ...place, part });
      }
      items.end(output_index, {
        ...item,
        summary: text === '' ? [] : [part],
        encrypted_content: carryReasoning({
          ...(signature && { signature }),
          ...(encrypted && { encrypted }),
          ...(id !== undefined && { id }),
        }),
      });
    },
  };
}
