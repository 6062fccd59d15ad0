import type { JsonObject } from '../../../functions/core/json.ts';
import { claudeEvents } from '../claude/events.ts';
import { claude } from '../claude/message.ts';
import { managementProblem } from '../claude/refusals.ts';
import { promptTokens } from '../claude/usage.ts';
import type { Answer } from '../values.ts';

/**
 * rawPredict, streamRawPredict and count-tokens:rawPredict of Anthropic's models
 * (docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude). `betas`: the header `anthropic-beta`.
 */
export function vertexClaude(body: JsonObject, model: string, stream: boolean, betas: string[]): Answer {
  const strange = betas.filter((beta) => beta !== '' && (model === 'count-tokens' || !takenBetas.test(beta)));
  if (strange.length > 0)
    return {
      refused: `Unexpected value(s) ${strange.map((beta) => `\`${beta}\``).join(', ')} for the \`anthropic-beta\` header. Please consult our documentation at docs.anthropic.com or try again without the header.`,
    };
  // The documented requests for a count go without a version.
  if (model === 'count-tokens') {
    if (typeof body.model !== 'string') return { refused: 'model: Field required' };
    return { json: { input_tokens: promptTokens(body) } };
  }
  if (body.anthropic_version !== 'vertex-2023-10-16')
    return {
      refused:
        body.anthropic_version === undefined ? 'anthropic_version: Field required' : 'anthropic_version: Invalid value',
    };
  const problem = managementProblem(body, betas);
  if (problem !== null) return { refused: problem };
  const answer = claude(body, { model: model.replace('@', '-'), road: 'vrtx', betas });
  if ('refused' in answer) return answer;
  if (!stream) return { json: answer.message };
  const events = claudeEvents(answer.message);
  // The real service sends a ping after the first block began.
  const sent = [...events.slice(0, 2), { type: 'ping' }, ...events.slice(2)];
  return { events: sent.map((event) => `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`) };
}

/** The betas that Vertex AI knows (github.com/BerriAI/litellm, anthropic_beta_headers_config.json; github.com/anthropics/claude-code/issues/34802); any is refused with a count (issues/11154). */
const takenBetas =
  /^(?:claude-code|compact|computer-use|context-1m|context-management|dangerous-tool-use|interleaved-thinking|per-turn-control|thinking-binding-controls|thinking-display-updates|tool-search-tool|web-search)-/;
