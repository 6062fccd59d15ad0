import type { Dialect } from './dialect.ts';
import { fromAnthropic, fromAnthropicStream } from './from-anthropic.ts';
import { toAnthropic } from './to-anthropic.ts';

/** https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude */
export const anthropic: Dialect = {
  operation: (stream) => (stream ? 'streamRawPredict' : 'rawPredict'),
  toRequest: (call, model) => toAnthropic(call.body, model.id, call.stream),
  fromAnswer: fromAnthropic,
  fromStream: fromAnthropicStream,
};
