import type { ChatPart, OpenBlock } from '../../core/chat/answer.ts';
import type { Block, ChatRequest, Signature } from '../../core/chat/conversation.ts';
import type { AnswerHead } from '../../core/chat/dialect.ts';
import type { Frame } from '../../core/chat/frame.ts';
import { customInput } from '../../core/chat/offered-tools.ts';
import { type TokenUsage, writeUsage } from '../../core/chat/usage.ts';
import type { JsonObject } from '../../core/json.ts';
import { createChunkWriter } from './chunks.ts';
import { writeDetails } from './reasoning-details.ts';
import { annotationsOf, customNames, finishWord, signed, writeImage } from './write-answer.ts';

interface Choice {
  /** Whether the role has been told: it goes with the first content. */
  begun: boolean;
  calls: number;
  details: number;
  open: Open | null;
  /** Of the last signed text. Told once, at the end, because clients join the texts of several. */
  signature: Signature | undefined;
}

interface Open {
  block: OpenBlock;
  /** Everything so far, of blocks that are told whole at their end. */
  text: string;
  empty: boolean;
  /** A function's input that stands for free text: it is told when it can be read. */
  asText: boolean;
}

type Delta = Extract<ChatPart, { type: 'delta' }>;
type Close = Extract<ChatPart, { type: 'close' }>;
type Finish = Extract<ChatPart, { type: 'finish' }>;

/** The parts of an answer as `chat.completion.chunk` events (https://platform.openai.com/docs/api-reference/chat/streaming). */
export function createStreamWriter(head: AnswerHead, request: ChatRequest): (parts: ChatPart[]) => Frame[] {
  const writer = createChunkWriter(`chatcmpl-${head.mintedId}`, head.created, head.callerModel);
  const custom = customNames(request);
  const choices: Choice[] = [];
  let usage: TokenUsage | null = null;

  const choiceAt = (index: number): Choice => {
    choices[index] ??= { begun: false, calls: 0, details: 0, open: null, signature: undefined };
    return choices[index];
  };

  const chunk = (index: number, delta: JsonObject, content = true, more?: JsonObject): Frame => {
    const choice = choiceAt(index);
    const json = writer.delta(index, choice.begun ? delta : { role: 'assistant', ...delta }, null, more);
    choice.begun = true;
    return { type: 'event', text: `data: ${json}\n\n`, content, closing: false };
  };

  const call = (index: number, fields: JsonObject): JsonObject => ({
    tool_calls: [{ index: choiceAt(index).calls - 1, ...fields }],
  });

  const open = (index: number, block: OpenBlock): Frame[] => {
    const choice = choiceAt(index);
    const asText = block.type === 'tool_call' && block.kind === 'function' && custom.has(block.name);
    choice.open = { block, text: '', empty: true, asText };
    if (block.type !== 'tool_call') return [];
    choice.calls++;
    const { id, name } = block;
    const called =
      asText || block.kind === 'custom'
        ? { type: 'custom', custom: { name, input: '' } }
        : { type: 'function', function: { name, arguments: '' } };
    return [chunk(index, call(index, { id, ...called, ...signed(block.signature) }))];
  };

  const grow = ({ choice: index, text, logprobs }: Delta): Frame[] => {
    const { open: current } = choiceAt(index);
    if (current === null) return [];
    const { block } = current;
    current.empty = false;
    const more = logprobs === undefined ? undefined : { logprobs };
    if (block.type === 'text') return [chunk(index, { content: text }, true, more)];
    if (block.type === 'refusal') return [chunk(index, { refusal: text }, true, more)];
    if (block.type === 'reasoning' || current.asText) current.text += text;
    if (current.asText) return [];
    if (block.type === 'reasoning') return [chunk(index, { reasoning_content: text })];
    const input = block.kind === 'custom' ? { custom: { input: text } } : { function: { arguments: text } };
    return [chunk(index, call(index, input))];
  };

  const close = ({ choice: index, signature, encrypted, citations }: Close): Frame[] => {
    const choice = choiceAt(index);
    const current = choice.open;
    choice.open = null;
    if (current === null) return [];
    const { block, text } = current;
    if (block.type === 'reasoning') {
      // Whole, in one piece: a signature only holds for the exact text, and clients send back what they got.
      const details = writeDetails(
        { ...block, text, ...(signature && { signature }), ...(encrypted && { encrypted }) },
        choice.details,
      );
      choice.details += details.length;
      return details.length > 0 ? [chunk(index, { reasoning_details: details }, false)] : [];
    }
    if (block.type === 'tool_call') {
      const late = signed(signature);
      if (current.asText) return [chunk(index, call(index, { custom: { input: customInput(text) }, ...late }))];
      // A call without arguments streams none, but clients parse what they get.
      const missing = current.empty && block.kind === 'function' ? { function: { arguments: '{}' } } : {};
      const rest = { ...missing, ...late };
      return Object.keys(rest).length > 0 ? [chunk(index, call(index, rest))] : [];
    }
    const annotations = annotationsOf(citations);
    if (block.type === 'text' && signature?.format === 'google') choice.signature = signature;
    return annotations.length > 0 ? [chunk(index, { annotations }, false)] : [];
  };

  const whole = (index: number, block: Block): Frame[] => {
    if (block.type === 'image') return [chunk(index, { images: [writeImage(block)] })];
    if (block.type === 'tool_call') {
      const { input: text, ...opened } = block;
      return passThrough(index, opened, text, {});
    }
    if (block.type === 'reasoning') {
      const { text, signature, encrypted, ...opened } = block;
      return passThrough(index, opened, text, { ...(signature && { signature }), ...(encrypted && { encrypted }) });
    }
    if (block.type !== 'text' && block.type !== 'refusal') return [];
    const ends =
      block.type === 'text'
        ? {
            ...(block.signature && { signature: block.signature }),
            ...(block.citations && { citations: block.citations }),
          }
        : {};
    return passThrough(index, { type: block.type }, block.text, ends);
  };

  const passThrough = (index: number, block: OpenBlock, text: string, ends: Partial<Close>): Frame[] => [
    ...open(index, block),
    ...(text === '' ? [] : grow({ type: 'delta', choice: index, text })),
    ...close({ ...ends, type: 'close', choice: index }),
  ];

  const finish = ({ choice: index, finish: end, serviceTier, extra }: Finish): Frame[] => {
    const reason = finishWord(end.reason);
    const top = { ...(serviceTier !== undefined && { service_tier: serviceTier }), ...extra };
    const { signature, begun } = choiceAt(index);
    const delta = begun ? {} : { role: 'assistant', content: '' };
    return [
      ...(signature === undefined ? [] : [chunk(index, signed(signature), false)]),
      {
        type: 'event',
        text: `data: ${writer.delta(index, delta, reason, {}, top)}\n\n`,
        content: false,
        closing: true,
      },
      { type: 'finish', reason },
    ];
  };

  const counted = (): Frame[] => {
    if (usage === null) return [];
    const object = writeUsage(usage);
    const write = (extras: JsonObject) =>
      head.includeUsage ? `data: ${JSON.stringify(writer.usage({ ...object, ...extras }))}\n\n` : null;
    return [{ type: 'usage', usage, write }];
  };

  const read = (part: ChatPart): Frame[] => {
    switch (part.type) {
      case 'open':
        return open(part.choice, part.block);
      case 'delta':
        return grow(part);
      case 'close':
        return close(part);
      case 'whole':
        return whole(part.choice, part.block);
      case 'finish':
        return finish(part);
      case 'usage':
        usage = part.usage;
        return [];
      case 'end':
        return [...counted(), { type: 'end', text: 'data: [DONE]\n\n' }];
      case 'failure':
        return [...counted(), part];
    }
  };

  return (parts) => parts.flatMap(read);
}
