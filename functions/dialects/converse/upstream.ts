import type {
  ConverseCommandInput,
  ConverseCommandOutput,
  ConverseStreamOutput,
} from '@aws-sdk/client-bedrock-runtime';
import type { UpstreamDialect } from '../../core/chat/dialect.ts';
import { readAnswer } from './read-answer.ts';
import { createStreamReader } from './read-stream.ts';
import { type ConverseTraits, writeRequest } from './write-request.ts';

/** Converse, one format for all models of Bedrock. */
export const converse: UpstreamDialect<
  ConverseTraits,
  ConverseCommandInput,
  ConverseCommandOutput,
  ConverseStreamOutput
> = { writeRequest, readAnswer, createStreamReader };
