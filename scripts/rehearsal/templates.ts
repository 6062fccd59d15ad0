import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Kinds of resources that the emulator does not know, and what therefore stays unrehearsed. Whatever else it cannot do makes the rehearsal fail. */
const leftOut: Record<string, string> = {};

interface Template {
  Resources: Record<string, { Type: string; DependsOn?: string | string[]; Properties?: Record<string, unknown> }>;
}

/**
 * Makes the templates of a cloud assembly ones that the emulator can deploy, in place. Tables without a name get one, because MiniStack takes each
 * change of a global table with a generated name for a new table. Returns what was left out, as `id (type: what it is for)`.
 */
export function adapt(assembly: string, kinds: Record<string, string> = leftOut): string[] {
  return readdirSync(assembly)
    .filter((name) => name.endsWith('.template.json'))
    .flatMap((name) => {
      const file = join(assembly, name);
      const template = JSON.parse(readFileSync(file, 'utf8')) as Template;
      const taken = Object.entries(template.Resources).filter(([, { Type }]) => Type in kinds);
      for (const [id, { Type, Properties = {} }] of Object.entries(template.Resources))
        if (Type === 'AWS::DynamoDB::GlobalTable') Properties.TableName ??= `rehearsal-${id}`;
      writeFileSync(file, JSON.stringify(without(template, new Set(taken.map(([id]) => id)))));
      return taken.map(([id, { Type }]) => `${id} (${Type}: ${kinds[Type]})`);
    });
}

/** A reference that is left elsewhere makes the deployment fail, which is right: then more has to be left out by name. */
function without(template: Template, ids: Set<string>): Template {
  const resources = Object.entries(template.Resources)
    .filter(([id]) => !ids.has(id))
    .map(([id, { DependsOn, ...resource }]) => {
      const others = [DependsOn ?? []].flat().filter((other) => !ids.has(other));
      return [id, { ...resource, ...(others.length > 0 && { DependsOn: others }) }] as const;
    });
  return { ...template, Resources: Object.fromEntries(resources) };
}
