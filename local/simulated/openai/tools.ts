import type { JsonObject } from '../../../functions/core/json.ts';
import type { OfferedTool } from '../brain/fitting-tools.ts';
import { list, object } from '../values.ts';

/** A tool of the Responses API: a function, a tool that takes text (by a grammar or freely), or the shell of the caller's machine. */
export function responsesTools(tools: unknown): OfferedTool[] {
  return list(tools).flatMap((tool): OfferedTool[] => {
    const described = `${tool.description ?? ''} ${object(tool.format).definition ?? ''}`;
    if (tool.type === 'function') return [{ name: String(tool.name), description: described, input: tool.parameters }];
    if (tool.type === 'custom') return [{ name: String(tool.name), description: described, input: 'text' }];
    return tool.type === 'local_shell' ? [{ name: 'local_shell', input: 'command' }] : [];
  });
}

/** The same tools as chat completions write them: each under its own type. */
export function chatTools(tools: unknown): OfferedTool[] {
  return responsesTools(
    list(tools).map((tool): JsonObject => {
      const { format, ...rest } = object(tool[String(tool.type)]);
      return { type: tool.type, ...rest, format: object(format).grammar ?? format };
    }),
  );
}
