import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Attempt, type LogRecord, reasonOf } from '../../client/reason.ts';
import { curlOf } from '../../client/repeat.ts';
import { failures, titleOf } from '../../client/words.ts';
import { errorStatuses } from '../../functions/core/errors.ts';
import { brokenOffRecord } from '../../functions/core/log-record.ts';
import { failureKinds } from '../../functions/core/routing/failure.ts';

const name = (id: string | null) => (id === 'pk_1' ? 'Team' : String(id));

const fine: LogRecord = {
  ...brokenOffRecord({ requestId: 'req_1', workspaceId: 'ws_1', apiKeyId: 'ak_1', at: 0 }, 30),
  endpoint: '/v1/chat/completions',
  model: 'openai/gpt-4o-mini',
  status: 200,
  error_code: null,
  usage_estimated: false,
};
fine.message = null;
delete fine.error_message;

function attempt(kind: Attempt['kind'], target: Attempt['target'] = 'byok'): Attempt {
  const key = target === 'byok' ? 'pk_1' : null;
  return {
    target,
    provider: 'openai',
    provider_key_id: key,
    region: null,
    kind,
    status: 401,
    code: null,
    message: 'no',
    provider_request_id: null,
    ms: 5,
  };
}

describe('why a request went as it went', () => {
  it('an own key served', () => {
    const reason = reasonOf({ ...fine, credential: 'byok', provider_key_id: 'pk_1', attempts: [attempt(null)] }, name);
    expect(reason).toMatchObject({ tone: 'ok', title: 'Your key “Team” served the request.', todo: null });
    expect(reason.follows).toEqual(['Nothing was charged to your credit.']);
  });

  it('the platform served after an own key failed: whose key, why, at what cost, and what to do', () => {
    const attempts = [attempt('credential'), attempt(null, 'platform')];
    const reason = reasonOf(
      { ...fine, credential: 'platform', fallback_triggered: true, cost: '0.0021000', attempts },
      name,
    );
    expect(reason.title).toBe('Your key “Team” was refused: it is invalid, revoked or expired.');
    expect(reason.follows.join(' ')).toMatch(/platform's credentials served.*\$0\.0021 was charged/);
    expect(reason.todo).toBe(failures.credential.todo);
  });

  it('an own key that rests was passed over', () => {
    const reason = reasonOf(
      { ...fine, credential: 'platform', fallback_triggered: true, attempts: [attempt(null, 'platform')] },
      name,
    );
    expect(reason.title).toMatch(/passed over/);
  });

  it.each<[string, Partial<LogRecord>, object]>([
    [
      'the platform',
      { credential: 'platform', fallback_triggered: true, route: 'byok(pk_1)=cooldown:quota, platform=200' },
      { word: 'Platform served', follows: [expect.stringContaining("the platform's credentials"), expect.anything()] },
    ],
    [
      'another key',
      { credential: 'byok', provider_key_id: 'pk_2', route: 'byok(pk_1)=cooldown:quota, byok(pk_2)=200' },
      { word: 'Next key served', follows: [expect.stringContaining('your key “pk_2”'), expect.anything()] },
    ],
  ])('a key that rests is named, with why it rests, when %s served', (_who, record, expected) => {
    expect(reasonOf({ ...fine, ...record }, name)).toMatchObject({
      ...{ tone: 'warn', ...expected },
      title:
        'Your key “Team” was passed over, because it rests: shortly before, it has used up its quota or its billing.',
      todo: failures.quota.todo,
    });
  });

  it('a key that rested and served after all served', () => {
    const route = 'byok(pk_1)=cooldown:quota, platform=skipped:no_credit, byok(pk_1)=200';
    expect(reasonOf({ ...fine, credential: 'byok', provider_key_id: 'pk_1', route }, name).word).toBe('Served');
  });

  it('of several keys that failed the one that the record names', () => {
    const attempts = [attempt('rate_limit'), attempt('credential'), attempt(null, 'platform')];
    const record = { ...fine, credential: 'platform' as const, kind: 'credential' as const, attempts };
    expect(reasonOf(record, name).title).toMatch(/was refused/);
  });

  it('a request that no provider was asked for is explained in the words that the caller got', () => {
    const message = 'max_tokens must be at least 1.';
    const refused = { ...fine, status: 422, error_code: 'validation_error', message };
    expect(reasonOf(refused, name).follows[0]).toBe(message);
  });

  it('says why the platform did not step in, for every bar', () => {
    const bars = [...readFileSync('functions/core/routing/target.ts', 'utf8').matchAll(/^ {2}\| '(\w+)'/gm)];
    expect(bars.length).toBeGreaterThan(5);
    for (const [, bar] of bars) {
      const route = `byok(pk_1)=credential:401, platform=skipped:${bar}`;
      const failed = {
        ...fine,
        status: 401,
        error_code: 'provider_credential_invalid',
        attempts: [attempt('credential')],
      };
      expect(reasonOf({ ...failed, route }, name).follows.join(' '), bar).toMatch(/did not step in: \w/);
    }
  });

  it('of several failures the one that the answer tells', () => {
    const attempts = [attempt('rate_limit'), attempt('permission')];
    const reason = reasonOf({ ...fine, status: 403, error_code: 'provider_permission_denied', attempts }, name);
    expect(reason.title).toMatch(/lacks a permission/);
    expect(reason.follows[0]).toBe('2 calls were made, and none of them served.');
  });

  it('has words for every failure kind and every error code', () => {
    for (const kind of failureKinds) expect(failures[kind].todo).not.toBe('');
    for (const code of Object.keys(errorStatuses) as (keyof typeof errorStatuses)[]) {
      if (code === 'unauthorized' || code === 'key_disabled' || code === 'conflict') continue;
      const { word, title } = reasonOf({ ...fine, status: errorStatuses[code], error_code: code }, name);
      expect([word, title], code).not.toContain('The request failed.');
    }
  });
});

it.each([
  ['the Gemini API', 'Gemini API'],
  ['the custom server', 'Custom server'],
  ['xAI', 'xAI'],
])('a provider that is called %s in sentences is %s at the start of a line', (title, shown) => {
  expect(titleOf('some', [{ name: 'some', title }])).toBe(shown);
});

describe('the command that repeats a request', () => {
  it.each(['/v1/chat/completions', '/v1/messages', '/v1/responses', '/v1/completions', '/v1/embeddings'])(
    'asks %s',
    (endpoint) => {
      const command = curlOf({ endpoint, model: "it's", stream: true }, 'https://gateway.example/prod');
      expect(command).toContain(`https://gateway.example/prod${endpoint} `);
      expect(command).toContain('Bearer $KEYWAY_KEY');
      expect(command).toContain(`"model":"it'\\''s"`);
    },
  );
});
