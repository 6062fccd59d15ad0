import { directoryIn } from './directory.ts';
import { callFor, type OfferedTool, readingCall, type ToolCall } from './fitting-tools.ts';
import { type Said, sinceAsked } from './said.ts';
import { sampleOf } from './schema-sample.ts';
import { type Task, tasksIn } from './tasks.ts';
import { nextTools, type ToolOptions } from './tool-calls.ts';

export interface Situation extends ToolOptions {
  tools: OfferedTool[];
  said: Said[];
  /** The system text and whatever else may say where the agent works. */
  environment: string;
}

/**
 * The calls that a simulated model makes next: what the user's last words ask for, a step in each turn, with the tool whose schema fits;
 * where they ask for none of this, the tools that they name (see `nextTools`), with sample arguments. None: the model answers in words.
 */
export function decide({ tools, said, environment, choice, parallel }: Situation): ToolCall[] {
  if (choice === 'none') return [];
  const { asked, called } = sinceAsked(said);
  const usable = typeof choice === 'object' ? tools.filter(({ name }) => name === choice.name) : tools;
  const directory = directoryIn(environment);
  const steps = tasksIn(asked).flatMap((task) => stepsOf(task, usable, directory));
  if (steps.length > 0) return steps.slice(called.length, called.length + 1);
  const names = nextTools(
    tools.map(({ name }) => name),
    said,
    { choice, parallel },
  );
  return names.map((name) => ({ name, input: sampleFor(tools.find((tool) => tool.name === name)) }));
}

/** A tool that edits a file may want the file to be read before. */
function stepsOf(task: Task, tools: OfferedTool[], directory: string | null): ToolCall[] {
  const call = callFor(task, tools, directory);
  if (call === null) return [];
  const reading = task.do === 'replace' ? readingCall(task.path, tools, directory) : null;
  return reading === null ? [call] : [reading, call];
}

function sampleFor(tool: OfferedTool | undefined): unknown {
  if (tool?.input === 'text') return 'sample';
  return tool?.input === 'command' ? ['true'] : sampleOf(tool?.input);
}
