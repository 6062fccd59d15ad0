import { isObject, type JsonObject, parseJson } from '../../../functions/core/json.ts';
import { claudeEvents } from '../claude/events.ts';
import { claude } from '../claude/message.ts';
import { managementProblem } from '../claude/refusals.ts';
import { promptTokens } from '../claude/usage.ts';
import { list, object } from '../values.ts';
import { messagesBody } from './converse-claude.ts';
import type { StreamEvent } from './event-stream.ts';

/** InvokeModel of Claude: the Messages API, whose version is in the body and whose model is not (docs.aws.amazon.com/bedrock, Claude Messages). */
export function invokeClaude(model: string, body: JsonObject): { answer: JsonObject } | { refusal: string } {
  const problem = bodyProblem(body);
  if (problem !== null) return { refusal: problem };
  const betas = Array.isArray(body.anthropic_beta) ? body.anthropic_beta.map(String) : [];
  const name = model.replace(/^.*anthropic\.|-v\d+(:\d+)?$/g, '');
  const answer = claude(body, { model: name, road: 'bdrk', betas });
  return 'refused' in answer ? { refusal: answer.refused } : { answer: answer.message };
}

function bodyProblem(body: JsonObject): string | null {
  if (body.anthropic_version === undefined) return 'anthropic_version: Field required';
  if (body.anthropic_version !== 'bedrock-2023-05-31') return 'anthropic_version: Invalid value';
  const extra = ['model', 'stream'].find((name) => body[name] !== undefined);
  if (extra !== undefined) return `${extra}: Extra inputs are not permitted`;
  const betas = Array.isArray(body.anthropic_beta) ? body.anthropic_beta.map(String) : [];
  if (!betas.every((beta) => takenBetas.test(beta))) return 'invalid beta flag';
  return managementProblem(body, betas);
}

/** The betas that Bedrock knows (docs.aws.amazon.com/bedrock, Claude Messages; github.com/BerriAI/litellm/pull/19877); any other one is refused. */
const takenBetas =
  /^(?:claude-code|compact|computer-use|context-1m|context-management|dev-full-thinking|effort|fine-grained-tool-streaming|interleaved-thinking|output-128k|structured-outputs|token-efficient-tools-2025|dangerous-tool-use|mid-conversation|thinking-binding-controls|thinking-display-updates|tool-examples|tool-search-tool)-/;

/** The headers in which Bedrock counts what a model was given and gave. */
export function countHeaders(message: JsonObject): Record<string, string> {
  const usage = object(message.usage);
  return {
    'x-amzn-bedrock-input-token-count': String(usage.input_tokens),
    'x-amzn-bedrock-output-token-count': String(usage.output_tokens),
    'x-amzn-bedrock-cache-read-input-token-count': String(usage.cache_read_input_tokens),
    'x-amzn-bedrock-cache-write-input-token-count': String(usage.cache_creation_input_tokens),
    'x-amzn-bedrock-invocation-latency': '1',
  };
}

/** The events of a message as Bedrock wraps them: JSON in base64, beside padding; the last one carries Bedrock's own counts. */
export function invokeEvents(message: JsonObject): StreamEvent[] {
  const { input_tokens, output_tokens } = object(message.usage);
  const metrics = {
    inputTokenCount: input_tokens,
    outputTokenCount: output_tokens,
    invocationLatency: 1,
    firstByteLatency: 1,
  };
  return claudeEvents(message).map((event) => {
    const whole = event.type === 'message_stop' ? { ...event, 'amazon-bedrock-invocationMetrics': metrics } : event;
    const bytes = Buffer.from(JSON.stringify(whole)).toString('base64');
    return { type: 'chunk', payload: { bytes, p: 'abcdefghij' } };
  });
}

/** CountTokens of either form of a request (docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html). */
export function countTokens(model: string, request: JsonObject): { answer: JsonObject } | { refusal: string } {
  if (!model.includes('anthropic.')) return { refusal: "The provided model doesn't support counting tokens." };
  const { invokeModel, converse } = object(request.input);
  if (isObject(converse)) {
    if (list(converse.messages).length === 0) return { refusal: 'messages: at least one message is required' };
    return { answer: { inputTokens: promptTokens(messagesBody(converse)) } };
  }
  const body = parseJson(Buffer.from(String(object(invokeModel).body), 'base64').toString());
  if (!isObject(body)) return { refusal: 'The input is neither invokeModel nor converse.' };
  const problem = bodyProblem(body);
  return problem === null ? { answer: { inputTokens: promptTokens(body) } } : { refusal: problem };
}
