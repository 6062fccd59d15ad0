import type { Block, ToolCallBlock } from '../../../core/chat/conversation.ts';
import { functionInput } from '../../../core/chat/offered-tools.ts';
import { isObject, type JsonObject, parseJson } from '../../../core/json.ts';
import { carrier, writeThought } from '../signatures.ts';
import { writeCitations } from './citations.ts';

/** A block of an answer in the words of the format: none where it has no word for it, two where a signature travels beside it. */
export function writeBlock(block: Block): JsonObject[] {
  switch (block.type) {
    case 'text': {
      const { text, citations, signature } = block;
      if (text === '') return signature ? [carrier({ signature, text: 'empty' })] : [];
      const cited = writeCitations(citations);
      const written = { type: 'text', text, ...(cited.length > 0 && { citations: cited }) };
      return signature ? [written, carrier({ signature, text: 'before' })] : [written];
    }
    case 'refusal':
      return block.text === '' ? [] : [{ type: 'text', text: block.text }];
    case 'reasoning': {
      const thought = writeThought(block);
      return thought === null ? [] : [thought];
    }
    case 'tool_call': {
      const { id, name, signature } = block;
      const written = { type: 'tool_use', id, name, input: inputOf(block) };
      return signature ? [carrier({ signature, call: id }), written] : [written];
    }
    case 'opaque':
      return block.dialect === 'anthropic-messages' ? [block.value] : [];
    // No answer of this format holds media.
    default:
      return [];
  }
}

/** The format takes objects alone; a model that made none is quoted. */
function inputOf(call: ToolCallBlock): JsonObject {
  const json = functionInput(call);
  const parsed = parseJson(json);
  return isObject(parsed) ? parsed : { input: parsed ?? json };
}
