import type { OutputConfig, Tool, ToolChoice, ToolConfiguration } from '@aws-sdk/client-bedrock-runtime';
import type { ChatRequest, FunctionTool } from '../../core/chat/conversation.ts';
import { type OfferedTools, offeredTools } from '../../core/chat/offered-tools.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { cachePoint } from './content-blocks.ts';
import type { Family } from './families.ts';
import { enforceable, rootObject } from './schemas.ts';

type ToolDocument = NonNullable<NonNullable<Tool.ToolSpecMember['toolSpec']['inputSchema']>['json']>;

export interface ToolPlan {
  toolConfig?: ToolConfiguration;
  outputConfig?: OutputConfig;
  /** Said to the model where it can be told in no other way what to call, or what form the answer has. */
  instructions: string[];
  /** The tool whose input is the structured answer. */
  answerTool: string | null;
  /** The functions that stand for tools of free text. */
  customTools: string[];
  /** Whether nothing enforces the JSON that was asked for. */
  looseJson: boolean;
  /** Whether the model has to call a tool: most Claudes do not think then. */
  forced: boolean;
}

/** Tools, their choice and the form of the answer. Throws `Refusal`. */
export function planTools(request: ChatRequest, family: Family, dropped: Set<string>): ToolPlan {
  const offered = chosenTools(request, family, dropped);
  const plan: ToolPlan = { instructions: [], answerTool: null, customTools: [], looseJson: false, forced: false };
  const specs = offered.tools.flatMap((tool) => writeTool(tool, family));
  let choice = planChoice(offered, family, plan, () => dropped.add(request.names.toolChoice ?? 'tool_choice'));
  const answer = planFormat(request, family, offered, plan);
  if (answer !== null) {
    specs.push(answer);
    plan.answerTool = answer.toolSpec.name ?? null;
    plan.forced = true;
    choice = specs.length === 1 && family.forcing === 'tool' ? { tool: { name: answer.toolSpec.name } } : { any: {} };
  }
  const names = new Set(offered.tools.map(({ name }) => name));
  plan.customTools = request.tools.flatMap(({ type, name }) => (type === 'custom' && names.has(name) ? [name] : []));
  if (specs.length > 0) plan.toolConfig = { tools: specs, ...(choice && { toolChoice: choice }) };
  return plan;
}

/**
 * The functions on offer. Converse has no choice "none": a tool that must not be called is not offered. Where one
 * tool cannot be forced by its name, nothing else is offered (API_runtime_ToolChoice: `tool` is for Claude and Nova).
 */
function chosenTools(request: ChatRequest, { forcing }: Family, dropped: Set<string>): OfferedTools {
  const offered = offeredTools(request, dropped);
  if (offered.choice?.mode === 'none') return { tools: [], choice: null };
  const name = offered.choice?.name ?? null;
  const named = name === null ? [] : offered.tools.filter((tool) => tool.name === name);
  return named.length === 0 || forcing === 'tool' ? offered : { ...offered, tools: named };
}

function writeTool(tool: FunctionTool, family: Family): Tool[] {
  const { name, description, parameters, strict, cache } = tool;
  const schema = rootObject(parameters ?? {});
  // Strict tools take the same schemas as structured output: what cannot be enforced is offered as it is.
  const enforced = strict === true && family.strictTools ? enforceable(schema) : null;
  const spec: Tool = {
    toolSpec: {
      name,
      ...(description !== null && description !== '' && { description }),
      inputSchema: { json: (enforced ?? schema) as ToolDocument },
      ...(enforced !== null && { strict: true }),
    },
  };
  const mark = cachePoint(cache, family.cachePoints.tools, family);
  return mark === null ? [spec] : [spec, { cachePoint: mark }];
}

/** The choice as the family takes it; in words where nothing can be forced. */
function planChoice(
  offered: OfferedTools,
  { forcing }: Family,
  plan: ToolPlan,
  weakened: () => void,
): ToolChoice | null {
  const { tools, choice } = offered;
  if (tools.length === 0 || choice === null) return null;
  if (choice.mode !== 'required') return { auto: {} };
  if (forcing === 'none') {
    weakened();
    plan.instructions.push(
      choice.name === null
        ? 'Answer with a call of one of the tools.'
        : `Answer with a call of the tool ${choice.name}.`,
    );
    return null;
  }
  plan.forced = true;
  if (choice.name === null) return { any: {} };
  return forcing === 'tool' ? { tool: { name: choice.name } } : { any: {} };
}

/** The tool that stands for the form of the answer, where the form is not asked for in another way. */
function planFormat(
  { format }: ChatRequest,
  family: Family,
  { tools }: OfferedTools,
  plan: ToolPlan,
): Tool.ToolSpecMember | null {
  if (format === null) return null;
  if (format.type === 'json') {
    plan.looseJson = true;
    plan.instructions.push('Answer with one JSON object and nothing else: no text around it, no code fence.');
    return null;
  }
  const { schema, description } = format;
  const enforced = family.structured === 'native' ? enforceable(schema) : null;
  if (enforced !== null) {
    const jsonSchema = { schema: JSON.stringify(enforced), name: format.name, ...(description && { description }) };
    plan.outputConfig = { textFormat: { type: 'json_schema', structure: { jsonSchema } } };
    return null;
  }
  if (family.structured === 'words' || family.forcing === 'none') {
    plan.looseJson = schema.type === 'object' || isObject(schema.properties);
    plan.instructions.push(
      `Answer with one JSON value that follows this JSON Schema, and nothing else:\n${JSON.stringify(schema)}`,
    );
    return null;
  }
  // Beside a tool that the caller forces there is no text whose form could matter.
  if (plan.forced) return null;
  return {
    toolSpec: {
      name: tools.some(({ name }) => name === 'json') ? 'json_answer' : 'json',
      description: description ?? 'Gives the answer in the form that was asked for.',
      inputSchema: { json: rootObject(schema as JsonObject) as ToolDocument },
    },
  };
}
