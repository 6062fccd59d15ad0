import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Kinds of resources that the emulator does not know, and what therefore stays unrehearsed. Whatever else it cannot do makes the rehearsal fail. */
const leftOut: Record<string, string> = {
  // It knows no metric math, which most alarms are made of; the dashboard names them all.
  'AWS::CloudWatch::Alarm': 'alarms',
  'AWS::CloudWatch::Dashboard': 'the dashboard',
  'AWS::CloudWatch::InsightRule': 'counts by workspace',
  'AWS::Logs::QueryDefinition': 'saved queries',
};

interface Template {
  Resources: Record<string, { Type: string; DependsOn?: string | string[]; Properties?: Record<string, unknown> }>;
}

/**
 * Makes the templates of a cloud assembly ones that the emulator can deploy, in place. Tables without a name get one, because MiniStack takes each
 * change of a global table with a generated name for a new table. Returns what was left out, as `type: what it is for (ids)`.
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
      return Object.entries(Object.groupBy(taken, ([, { Type }]) => Type)).map(
        ([type, resources = []]) => `${type}: ${kinds[type]} (${resources.map(([id]) => id).join(', ')})`,
      );
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
