import type { Template } from 'aws-cdk-lib/assertions';
import { readable, resourcesOf } from './synthesize.ts';

export interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: unknown;
}

/** `action on resource`, one line each, of everything that the function's role may do, and `not …` of what it may never. */
export function allowed(template: Template, name: string): string[] {
  const policies = resourcesOf(template, 'AWS::IAM::Policy').filter(([id]) =>
    id.startsWith(`${name.replaceAll('-', '')}Role`),
  );
  return policies
    .flatMap(([, { Properties }]) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement)
    .flatMap(({ Effect, Action, Resource }) => {
      const not = Effect === 'Allow' ? '' : 'not ';
      return [Action]
        .flat()
        .flatMap((action) =>
          (Array.isArray(Resource) ? Resource : [Resource]).map((resource) => `${not}${action} on ${short(resource)}`),
        );
    })
    .sort();
}

/** Without the parts that vary: hashes of logical ids, account and region. */
export function short(resource: unknown): string {
  return readable(resource)
    .replace(/[0-9A-F]{8}\}/, '}')
    .replace('arn:{AWS::Partition}:', '')
    .replace('arn:aws:', '')
    .replace(':eu-central-1:123456789012:', ':');
}
