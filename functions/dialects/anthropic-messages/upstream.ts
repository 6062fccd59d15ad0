import type { UpstreamDialect } from '../../core/chat/dialect.ts';
import { readAnswer } from './answer/read-answer.ts';
import { createStreamReader } from './answer/read-stream.ts';
import type { ClaudeTraits } from './claude-models.ts';
import { writeRequest } from './request/write-request.ts';

/** Claude behind the doors of other formats. */
export const anthropicMessagesUpstream: UpstreamDialect<ClaudeTraits> = {
  writeRequest,
  readAnswer,
  createStreamReader,
};
