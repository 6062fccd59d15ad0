import { describe, expect, it } from 'vitest';
import { type PresentedRow, usageCsv } from '../../../functions/core/billing/usage-rows.ts';

const row: PresentedRow = {
  day: '2026-11-23',
  model: 'm',
  provider: null,
  credential: 'byok',
  api_key_id: 'ak_1',
  provider_key_id: 'pk_1',
  requests: 1,
  errors: 0,
  prompt_tokens: 2,
  completion_tokens: 3,
  cached_tokens: 0,
  reasoning_tokens: 0,
  cost: '0.0000001',
  upstream_cost: '0.0000002',
};

describe('usage as CSV', () => {
  it('has a line of names and a line for each row', () => {
    expect(usageCsv([row])).toBe(
      'day,model,provider,credential,api_key_id,provider_key_id,requests,errors,prompt_tokens,completion_tokens,cached_tokens,reasoning_tokens,cost,upstream_cost\r\n' +
        '2026-11-23,m,,byok,ak_1,pk_1,1,0,2,3,0,0,0.0000001,0.0000002\r\n',
    );
  });

  it.each([
    ['a,"b"', '"a,""b"""'],
    ['=HYPERLINK(1)', "'=HYPERLINK(1)"],
    ['+1', "'+1"],
    ['line\nbreak', '"line\nbreak"'],
  ])('keeps a model called %j from breaking out of its cell', (model, cell) => {
    expect(usageCsv([{ ...row, model }]).split('\r\n')[1]).toContain(`2026-11-23,${cell},`);
  });
});
