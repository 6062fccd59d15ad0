import type {
  ConverseCommandInput,
  ConverseCommandOutput,
  ConverseStreamOutput,
} from '@aws-sdk/client-bedrock-runtime';
import type { UpstreamDialect } from '../../core/chat/dialect.ts';
import { withFittingToolNames } from '../tool-names.ts';
import { readAnswer } from './read-answer.ts';
import { createStreamReader } from './read-stream.ts';
import { type ConverseTraits, writeRequest } from './write-request.ts';

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolSpecification.html */
const toolName = /^[a-zA-Z0-9_-]{1,64}$/;

/** Converse, one format for all models of Bedrock. */
export const converse: UpstreamDialect<
  ConverseTraits,
  ConverseCommandInput,
  ConverseCommandOutput,
  ConverseStreamOutput
> = withFittingToolNames({ writeRequest, readAnswer, createStreamReader }, toolName);
