import { createHash } from 'node:crypto';
import type { JsonObject } from '../../../functions/core/json.ts';
import type { Said } from '../brain/said.ts';
import { sampleOf } from '../brain/schema-sample.ts';
import { nextTools } from '../brain/tool-calls.ts';
import { type Answer, list, object, tokens, words } from '../values.ts';

/** generateContent and streamGenerateContent: repeats the last text, fills in a schema, or calls functions. */
export function gemini(body: JsonObject, model: string, stream: boolean): Answer {
  const turns = list(body.contents);
  const problem = geminiProblem(turns, model);
  if (problem !== null) return { refused: problem };
  const texts = turns
    .flatMap((turn) => list(turn.parts))
    .flatMap(({ text }) => (typeof text === 'string' ? [text] : []));
  const config = object(body.generationConfig);
  const calls = callsOf(body, turns, model);
  const json =
    config.responseMimeType === 'application/json'
      ? JSON.stringify(sampleOf(config.responseJsonSchema ?? { type: 'object' }))
      : null;
  const text = json ?? (texts.at(-1) || 'pong');
  const prompt = texts.reduce((sum, piece) => sum + tokens(piece), 0);
  const usageMetadata = {
    promptTokenCount: prompt,
    candidatesTokenCount: tokens(text),
    totalTokenCount: prompt + tokens(text),
    trafficType: 'ON_DEMAND',
  };
  const rest = { modelVersion: model, responseId: 'simulated' };
  const candidate = (content: JsonObject[], last: boolean) => ({
    content: { role: 'model', parts: content },
    ...(last && { finishReason: 'STOP' }),
  });
  if (!stream)
    return { json: { candidates: [candidate(calls.length > 0 ? calls : [{ text }], true)], usageMetadata, ...rest } };
  const pieces = calls.length > 0 ? calls : words(text).map((word) => ({ text: word }));
  return {
    events: pieces.map((piece, i) => {
      const last = i === pieces.length - 1;
      return `data: ${JSON.stringify({ candidates: [candidate([piece], last)], usageMetadata: last ? usageMetadata : { trafficType: 'ON_DEMAND' }, ...rest })}\r\n\r\n`;
    }),
  };
}

/** Parts with function calls; the first of them carries a thought signature where the model signs. */
function callsOf(body: JsonObject, turns: JsonObject[], model: string): JsonObject[] {
  const { mode, allowedFunctionNames: allowed } = object(object(body.toolConfig).functionCallingConfig);
  const declared = list(body.tools).flatMap((tool) => list(tool.functionDeclarations));
  const called = nextTools(
    declared.map(({ name }) => String(name)).filter((name) => !Array.isArray(allowed) || allowed.includes(name)),
    turns.flatMap(saidIn),
    { choice: mode === 'ANY' ? 'required' : mode === 'NONE' ? 'none' : 'free', parallel: true },
  );
  return called.map((name, i) => {
    const functionCall = {
      name,
      args: sampleOf(declared.find((each) => each.name === name)?.parametersJsonSchema ?? { type: 'object' }),
    };
    return { functionCall, ...(i === 0 && signs(model) && { thoughtSignature: signatureOf(functionCall) }) };
  });
}

function saidIn({ role, parts }: JsonObject): Said[] {
  if (role === 'model')
    return list(parts).flatMap(({ functionCall }) =>
      functionCall === undefined ? [] : [{ called: String(object(functionCall).name) }],
    );
  const texts = list(parts).flatMap(({ text }) => (typeof text === 'string' ? [text] : []));
  return texts.length > 0 ? [{ user: texts.join(' ') }] : [];
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

/** What the real service refuses most often. Signatures are checked since the last text of the user, in the first call of each turn. */
function geminiProblem(turns: JsonObject[], model: string): string | null {
  if (turns.length === 0) return 'Unable to submit request because at least one contents field is required.';
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
