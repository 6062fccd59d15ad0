import type { UpstreamDialect } from '../../core/chat/dialect.ts';
import { withFittingToolNames } from '../tool-names.ts';
import { readAnswer } from './upstream/read-answer.ts';
import { createStreamReader } from './upstream/read-stream.ts';
import type { OpenAiTraits } from './upstream/traits.ts';
import { writeRequest } from './upstream/write-request.ts';

/** https://platform.openai.com/docs/api-reference/chat/create, `tools[].function.name` */
const toolName = /^[a-zA-Z0-9_-]{1,64}$/;

/** Chat completions as a provider's format, for doors of another one: OpenAI itself, and all servers that speak like it. */
export const openaiChatUpstream: UpstreamDialect<OpenAiTraits> = withFittingToolNames(
  { writeRequest, readAnswer, createStreamReader: (_written, readError) => createStreamReader(readError) },
  toolName,
);
