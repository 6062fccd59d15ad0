import type { ChatRequest } from '../../functions/core/chat/conversation.ts';

/** A request as a door reads it: a greeting, and nothing set, unless the changes say otherwise. */
export function chatRequest(changes: Partial<ChatRequest> = {}): ChatRequest {
  return {
    turns: [{ role: 'user', blocks: [{ type: 'text', text: 'hi' }], at: 'messages.0' }],
    tools: [],
    toolChoice: null,
    parallelToolCalls: null,
    format: null,
    reasoning: null,
    maxTokens: null,
    temperature: null,
    topP: null,
    topK: null,
    seed: null,
    presencePenalty: null,
    frequencyPenalty: null,
    stop: [],
    choices: null,
    logprobs: null,
    userId: null,
    serviceTier: null,
    verbosity: null,
    extra: {},
    names: {},
    ...changes,
  };
}
