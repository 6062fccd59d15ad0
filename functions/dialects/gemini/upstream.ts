import type { ChatRequest } from '../../core/chat/conversation.ts';
import type { UpstreamDialect, WrittenRequest } from '../../core/chat/dialect.ts';
import { withFittingToolNames } from '../tool-names.ts';
import { boundsOf } from './bounds.ts';
import { writeContents } from './contents.ts';
import type { GeminiTraits } from './models.ts';
import { readAnswer } from './read-answer.ts';
import { createStreamReader } from './read-stream.ts';
import { furtherFields, generationConfig, toolSettings } from './settings.ts';

/** Names: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/function-calling, "FunctionDeclaration". */
const toolName = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/;

/** generateContent and streamGenerateContent (https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference). */
export const gemini: UpstreamDialect<GeminiTraits> = withFittingToolNames(
  { writeRequest, readAnswer, createStreamReader },
  toolName,
);

function writeRequest(request: ChatRequest, traits: GeminiTraits): WrittenRequest {
  const dropped = new Set<string>();
  const { system, contents } = writeContents(request, traits, dropped);
  const config = generationConfig(request, traits, dropped);
  const body = {
    contents,
    ...(system.length > 0 && { systemInstruction: { parts: system } }),
    ...toolSettings(request, dropped),
    ...(config && { generationConfig: config }),
    ...furtherFields(request, traits, dropped),
  };
  return { body, dropped: [...dropped].sort(), bounds: boundsOf(body, contents) };
}
