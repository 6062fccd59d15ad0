import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adapt } from '../../scripts/rehearsal/templates.ts';

describe('the templates of the deploy rehearsal', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'keyway-templates-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const adapted = (resources: object, kinds: Record<string, string> = {}) => {
    const file = join(folder, 'stack.template.json');
    writeFileSync(file, JSON.stringify({ Resources: resources, Outputs: { A: { Value: 'a' } } }));
    const leftOut = adapt(folder, kinds);
    return { leftOut, template: JSON.parse(readFileSync(file, 'utf8')) as { Resources: Record<string, unknown> } };
  };

  it('lose what the emulator does not know, by name, and no more', () => {
    const { leftOut, template } = adapted(
      { Canary: { Type: 'AWS::X::Canary' }, Queue: { Type: 'AWS::SQS::Queue', DependsOn: ['Canary', 'Other'] } },
      { 'AWS::X::Canary': 'canaries' },
    );
    expect(leftOut).toEqual(['AWS::X::Canary: canaries (Canary)']);
    expect(template).toEqual({
      Resources: { Queue: { Type: 'AWS::SQS::Queue', DependsOn: ['Other'] } },
      Outputs: { A: { Value: 'a' } },
    });
  });

  it('name tables that have no name, the same way each time', () => {
    const table = (Properties?: object) => ({ Type: 'AWS::DynamoDB::GlobalTable', ...(Properties && { Properties }) });
    const { template } = adapted({ Log: table({ BillingMode: 'PAY_PER_REQUEST' }), Own: table({ TableName: 'own' }) });
    expect(template.Resources).toEqual({
      Log: table({ BillingMode: 'PAY_PER_REQUEST', TableName: 'rehearsal-Log' }),
      Own: table({ TableName: 'own' }),
    });
  });
});
