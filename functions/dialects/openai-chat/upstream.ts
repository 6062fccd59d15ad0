import type { UpstreamDialect } from '../../core/chat/dialect.ts';
import { readAnswer } from './upstream/read-answer.ts';
import { createStreamReader } from './upstream/read-stream.ts';
import type { OpenAiTraits } from './upstream/traits.ts';
import { writeRequest } from './upstream/write-request.ts';

/** Chat completions as a provider's format, for doors of another one: OpenAI itself, and all servers that speak like it. */
export const openaiChatUpstream: UpstreamDialect<OpenAiTraits> = {
  writeRequest,
  readAnswer,
  createStreamReader: (_written, readError) => createStreamReader(readError),
};
