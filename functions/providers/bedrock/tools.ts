import type { OutputConfig, Tool, ToolChoice, ToolConfiguration } from '@aws-sdk/client-bedrock-runtime';
import { refuse } from '../../core/chat/refusal.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { cachePoint } from './content-blocks.ts';
import type { Family } from './families.ts';

type ToolDocument = NonNullable<NonNullable<Tool.ToolSpecMember['toolSpec']['inputSchema']>['json']>;

export interface ToolPlan {
  toolConfig?: ToolConfiguration;
  outputConfig?: OutputConfig;
  /** Said to the model where it can be told in no other way what form the answer has. */
  instruction: string | null;
  /** The tool whose input is the structured answer. */
  jsonTool: string | null;
  /** Whether the model has to call a tool: Claude does not reason then. */
  forced: boolean;
}

/** Tools, their choice and `response_format`. Throws `Refusal` for tools that only OpenAI runs. */
export function planTools(body: JsonObject, family: Family): ToolPlan {
  const { specs, names, forced } = offeredTools(body, family);
  const wanted = readFormat(body.response_format);
  const plan: ToolPlan = { instruction: null, jsonTool: null, forced: forced !== null };
  let choice = forced ?? (body.tool_choice === 'auto' && specs.length > 0 ? ({ auto: {} } satisfies ToolChoice) : null);
  if (wanted !== null) {
    if (wanted.schema === null || family.structured === 'words') {
      plan.instruction =
        wanted.schema === null
          ? 'Answer with one JSON object and nothing else.'
          : `Answer with one JSON value that follows this JSON Schema, and nothing else:\n${JSON.stringify(wanted.schema)}`;
    } else if (family.structured === 'native') {
      const schema = JSON.stringify(closeObjects(wanted.schema));
      plan.outputConfig = {
        textFormat: {
          type: 'json_schema',
          structure: {
            jsonSchema: { schema, name: wanted.name, ...(wanted.description && { description: wanted.description }) },
          },
        },
      };
    } else if (forced === null) {
      // Beside a tool that the caller forces there is no text whose form could matter.
      const name = names.has('json') ? 'json_answer' : 'json';
      specs.push({
        toolSpec: {
          name,
          description: wanted.description ?? 'Gives the answer in the form that was asked for.',
          inputSchema: { json: rootObject(wanted.schema) },
        },
      });
      choice = specs.length === 1 ? { tool: { name } } : { any: {} };
      plan.jsonTool = name;
      plan.forced = true;
    }
  }
  if (specs.length > 0) plan.toolConfig = { tools: specs, ...(choice && { toolChoice: choice }) };
  return plan;
}

function offeredTools(
  body: JsonObject,
  family: Family,
): { specs: Tool[]; names: Set<string>; forced: ToolChoice | null } {
  const names = new Set<string>();
  const tools = body.tools ?? [];
  if (!Array.isArray(tools)) refuse('tools', 'tools must be a list.');
  // Converse has no choice "none": a tool that must not be called is not offered.
  if (body.tool_choice === 'none') return { specs: [], names, forced: null };
  const { allowed, forced } = readChoice(body.tool_choice);
  const specs = tools.flatMap((tool, index): Tool[] => {
    const param = `tools.${index}`;
    const fn = isObject(tool) ? tool.function : undefined;
    if (!isObject(tool) || tool.type !== 'function' || !isObject(fn) || typeof fn.name !== 'string')
      refuse(param, 'Bedrock takes function tools only, each with a name.');
    if (allowed !== null && !allowed.has(fn.name)) return [];
    names.add(fn.name);
    const spec: Tool = {
      toolSpec: {
        name: fn.name,
        ...(typeof fn.description === 'string' && fn.description !== '' && { description: fn.description }),
        inputSchema: { json: rootObject(isObject(fn.parameters) ? fn.parameters : {}) },
        ...(fn.strict === true && family.structured === 'native' && { strict: true }),
      },
    };
    const mark = cachePoint(tool.cache_control ?? fn.cache_control, family.cachePoints.tools);
    return mark === null ? [spec] : [spec, { cachePoint: mark }];
  });
  return { specs, names, forced: specs.length > 0 ? forced : null };
}

function readChoice(choice: unknown): { allowed: Set<unknown> | null; forced: ToolChoice | null } {
  if (choice === undefined || choice === null || choice === 'auto') return { allowed: null, forced: null };
  if (choice === 'required') return { allowed: null, forced: { any: {} } };
  if (
    isObject(choice) &&
    choice.type === 'function' &&
    isObject(choice.function) &&
    typeof choice.function.name === 'string'
  ) {
    return { allowed: null, forced: { tool: { name: choice.function.name } } };
  }
  if (
    isObject(choice) &&
    choice.type === 'allowed_tools' &&
    isObject(choice.allowed_tools) &&
    Array.isArray(choice.allowed_tools.tools)
  ) {
    const { mode, tools } = choice.allowed_tools;
    const allowed = new Set(
      tools.map((tool) => (isObject(tool) && isObject(tool.function) ? tool.function.name : undefined)),
    );
    return { allowed, forced: mode === 'required' ? { any: {} } : null };
  }
  return refuse('tool_choice', 'Bedrock takes none, auto, required, a function by name, or allowed_tools.');
}

interface Format {
  name: string;
  description: string | undefined;
  /** Null: any JSON object. */
  schema: JsonObject | null;
}

function readFormat(format: unknown): Format | null {
  if (format === undefined || format === null) return null;
  if (!isObject(format)) refuse('response_format', 'response_format must be an object.');
  if (format.type === 'text') return null;
  if (format.type === 'json_object') return { name: 'answer', description: undefined, schema: null };
  if (format.type === 'json_schema' && isObject(format.json_schema)) {
    const { name, description, schema } = format.json_schema;
    return {
      name: typeof name === 'string' ? name : 'answer',
      description: typeof description === 'string' ? description : undefined,
      schema: isObject(schema) ? schema : {},
    };
  }
  return refuse('response_format', 'Bedrock takes text, json_object and json_schema.');
}

/** The root of a tool's schema must be an object, said so. */
function rootObject(schema: JsonObject): ToolDocument {
  const root = schema.type === undefined ? { type: 'object', properties: {}, ...schema } : schema;
  return root as ToolDocument;
}

/** `outputConfig` wants every object closed. Schemas that the caller closed or opened on purpose stay as they are. */
function closeObjects(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closeObjects);
  if (!isObject(schema)) return schema;
  const closed: JsonObject = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (namedSchemas.has(keyword) && isObject(value))
      closed[keyword] = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, closeObjects(inner)]));
    else closed[keyword] = plainKeywords.has(keyword) ? value : closeObjects(value);
  }
  if (isObject(schema.properties) && schema.additionalProperties === undefined) closed.additionalProperties = false;
  return closed;
}

/** Keywords whose keys are names that the caller chose. */
const namedSchemas = new Set(['properties', '$defs', 'definitions', 'patternProperties']);
const plainKeywords = new Set(['enum', 'const', 'default', 'examples', 'required']);
