import type { JsonObject } from '../../../functions/core/json.ts';
import { decide } from '../brain/decide.ts';
import type { ToolCall } from '../brain/fitting-tools.ts';
import type { Said } from '../brain/said.ts';
import { list, object } from '../values.ts';

/** The functions that Gemini calls next, as the brain decides. */
export function geminiCalls(body: JsonObject): ToolCall[] {
  const { mode, allowedFunctionNames: allowed } = object(object(body.toolConfig).functionCallingConfig);
  const declared = list(body.tools).flatMap((tool) => list(tool.functionDeclarations));
  const tools = declared.map(({ name, description, parametersJsonSchema, parameters }) => ({
    name: String(name),
    description: typeof description === 'string' ? description : '',
    input: parametersJsonSchema ?? parameters ?? { type: 'object' },
  }));
  return decide({
    tools: tools.filter(({ name }) => !Array.isArray(allowed) || allowed.includes(name)),
    said: geminiSaid(body),
    environment: [object(body.systemInstruction), ...list(body.contents)].map(textOf).join('\n'),
    choice: mode === 'ANY' ? 'required' : mode === 'NONE' ? 'none' : 'free',
    parallel: true,
  });
}

export function geminiSaid(body: JsonObject): Said[] {
  return list(body.contents).flatMap((turn): Said[] => {
    if (turn.role === 'model')
      return list(turn.parts).flatMap(({ functionCall }) =>
        functionCall === undefined ? [] : [{ called: String(object(functionCall).name) }],
      );
    const results = list(turn.parts).flatMap(({ functionResponse }) =>
      functionResponse === undefined ? [] : [{ result: resultOf(object(functionResponse).response) }],
    );
    const text = textOf(turn);
    return [...results, ...(text === '' ? [] : [{ user: text }])];
  });
}

/** A result is an object; what callers wrap in it is told from what they made of it. */
function resultOf(response: unknown): string {
  const values = Object.values(object(response));
  return values.length === 1 && typeof values[0] === 'string' ? values[0] : JSON.stringify(response ?? {});
}

function textOf({ parts }: JsonObject): string {
  return list(parts)
    .flatMap(({ text, thought }) => (typeof text === 'string' && thought !== true ? [text] : []))
    .join('\n');
}
