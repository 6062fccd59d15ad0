import type { UpstreamDialect } from '../../core/chat/dialect.ts';
import { withFittingToolNames } from '../tool-names.ts';
import { readAnswer } from './answer/read-answer.ts';
import { createStreamReader } from './answer/read-stream.ts';
import type { ClaudeTraits } from './claude-models.ts';
import { writeRequest } from './request/write-request.ts';

/** https://docs.anthropic.com/en/api/messages, `tools[].name`: older models take half of the 128 characters that it says. */
const toolName = /^[a-zA-Z0-9_-]{1,64}$/;

/** Claude behind the doors of other formats. */
export const anthropicMessagesUpstream: UpstreamDialect<ClaudeTraits> = withFittingToolNames(
  { writeRequest, readAnswer, createStreamReader },
  toolName,
);
