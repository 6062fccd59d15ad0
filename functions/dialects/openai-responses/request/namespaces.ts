import type { CustomTool, FunctionTool, Tool } from '../../../core/chat/conversation.ts';
import type { JsonObject } from '../../../core/json.ts';

/**
 * Clients group the tools of one server in a `namespace` and tell calls apart by it (github.com/openai/codex/issues/36942). Models
 * of other makers know one list, so the namespace goes into the name, and comes out of it in the call.
 */
export type NamespacedTool = (FunctionTool | CustomTool) & {
  within: {
    /** The caller's `namespace` tool as it came. */
    tool: JsonObject;
    namespace: string;
    name: string;
  };
};

export function isNamespaced(tool: Tool | undefined): tool is NamespacedTool {
  return tool !== undefined && 'within' in tool;
}

export function longName(namespace: unknown, name: string): string {
  if (typeof namespace !== 'string' || namespace === '') return name;
  return namespace.endsWith('_') ? namespace + name : `${namespace}__${name}`;
}

/** What the caller calls the tool: fields of its call, or of a choice of it. */
export function callersName(tools: Tool[], name: string): { name: string; namespace?: string } {
  const tool = tools.find((one) => one.name === name);
  return isNamespaced(tool) ? { name: tool.within.name, namespace: tool.within.namespace } : { name };
}
