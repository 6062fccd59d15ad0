import { createHash } from 'node:crypto';
import type { JsonObject } from '../../../functions/core/json.ts';
import { reportOf, sinceAsked } from '../brain/said.ts';
import { sampleOf } from '../brain/schema-sample.ts';
import { type Answer, list, object, tokens, words } from '../values.ts';
import { geminiCalls, geminiSaid } from './gemini-content.ts';

/** generateContent and streamGenerateContent: thinks, fills in a schema, calls functions, or repeats the last text. */
export function gemini(body: JsonObject, model: string, stream: boolean): Answer {
  const turns = list(body.contents);
  const problem = geminiProblem(turns, model);
  if (problem !== null) return { refused: problem };
  const thoughts = thoughtsOf(body);
  const calls = callsOf(body, model);
  const said = textOf(body, turns);
  const spoken = calls.length > 0 ? calls : [{ text: said }];
  const prompt = promptTokens(turns);
  const candidatesTokenCount = tokens(calls.length > 0 ? JSON.stringify(calls) : said);
  const thoughtsTokenCount = thoughts.count;
  const usageMetadata = {
    promptTokenCount: prompt,
    candidatesTokenCount,
    totalTokenCount: prompt + candidatesTokenCount + thoughtsTokenCount,
    ...(thoughtsTokenCount > 0 && { thoughtsTokenCount }),
    trafficType: 'ON_DEMAND',
  };
  const rest = { modelVersion: model, responseId: 'simulated' };
  const candidate = (content: JsonObject[], last: boolean) => ({
    content: { role: 'model', parts: content },
    ...(last && { finishReason: 'STOP' }),
  });
  if (!stream)
    return { json: { candidates: [candidate([...thoughts.parts, ...spoken], true)], usageMetadata, ...rest } };
  const pieces = [...thoughts.parts, ...(calls.length > 0 ? calls : words(said).map((word) => ({ text: word })))];
  return {
    events: pieces.map((piece, i) => {
      const last = i === pieces.length - 1;
      return `data: ${JSON.stringify({ candidates: [candidate([piece], last)], usageMetadata: last ? usageMetadata : { trafficType: 'ON_DEMAND' }, ...rest })}\r\n\r\n`;
    }),
  };
}

/** countTokens (docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/count-tokens). */
export function countGemini(body: JsonObject): Answer {
  const turns = list(body.contents);
  if (turns.length === 0) return { refused: nothingAsked };
  const totalTokens = promptTokens([...turns, object(body.systemInstruction)]);
  return { json: { totalTokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: totalTokens }] } };
}

function promptTokens(turns: JsonObject[]): number {
  const texts = turns
    .flatMap((turn) => list(turn.parts))
    .flatMap(({ text }) => (typeof text === 'string' ? [text] : []));
  return texts.reduce((sum, piece) => sum + tokens(piece), 0);
}

/** What a model that is told to think thinks; it is shown where that is asked for. */
function thoughtsOf(body: JsonObject): { parts: JsonObject[]; count: number } {
  const { thinkingConfig } = object(body.generationConfig);
  const { includeThoughts, thinkingBudget } = object(thinkingConfig);
  if (thinkingConfig === undefined || thinkingBudget === 0) return { parts: [], count: 0 };
  const text = `The user says: ${sinceAsked(geminiSaid(body)).asked.slice(0, 60)}`;
  return { parts: includeThoughts === true ? [{ text, thought: true }] : [], count: tokens(text) };
}

function textOf(body: JsonObject, turns: JsonObject[]): string {
  const config = object(body.generationConfig);
  if (config.responseMimeType === 'application/json')
    return JSON.stringify(sampleOf(config.responseJsonSchema ?? config.responseSchema ?? { type: 'object' }));
  const said = geminiSaid(body);
  const texts = turns
    .flatMap((turn) => list(turn.parts))
    .flatMap(({ text }) => (typeof text === 'string' ? [text] : []));
  return reportOf(said) ?? (sinceAsked(said).asked || texts.at(-1) || 'pong');
}

/** Parts with function calls; the first of them carries a thought signature where the model signs. */
function callsOf(body: JsonObject, model: string): JsonObject[] {
  return geminiCalls(body).map(({ name, input }, i) => {
    const functionCall = { name, args: input };
    return { functionCall, ...(i === 0 && signs(model) && { thoughtSignature: signatureOf(functionCall) }) };
  });
}

function signs(model: string): boolean {
  return model.startsWith('gemini-3');
}

/** Opaque to callers, and different for each call: a mixed-up or altered one is noticed. */
function signatureOf(functionCall: JsonObject): string {
  return createHash('sha512')
    .update(`simulated ${functionCall.name} ${JSON.stringify(functionCall.args)}`)
    .digest('base64');
}

/** What Google documents for callers who lost a signature (ai.google.dev/gemini-api/docs/thought-signatures). */
const standIns = ['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go'];

const nothingAsked = 'Unable to submit request because at least one contents field is required.';

/** What the real service refuses most often. Signatures are checked since the last text of the user, in the first call of each turn. */
function geminiProblem(turns: JsonObject[], model: string): string | null {
  if (turns.length === 0) return nothingAsked;
  const current = turns.findLastIndex(
    (turn) => turn.role !== 'model' && list(turn.parts).some((part) => part.functionResponse === undefined),
  );
  for (const [i, turn] of turns.entries()) {
    const calls = list(turn.parts).filter((part) => part.functionCall !== undefined);
    const results = list(turns[i + 1]?.parts).filter((part) => part.functionResponse !== undefined);
    if (calls.length !== results.length)
      return 'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.';
    const [first] = calls;
    if (first === undefined || i < current || !signs(model)) continue;
    const { functionCall, thoughtSignature } = first;
    if (thoughtSignature === undefined) {
      return `Unable to submit request because function call \`default_api:${String(object(functionCall).name)}\` in the ${i + 1}. content block is missing a \`thought_signature\`. Learn more: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thought-signatures`;
    }
    if (thoughtSignature !== signatureOf(object(functionCall)) && !standIns.includes(String(thoughtSignature)))
      return 'Unable to submit request because Thought signature is not valid.';
  }
  return null;
}
