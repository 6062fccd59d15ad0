import { ApiError } from '../../client/api-error.ts';
import { bodyOf, type Schemas } from '../../client/client.ts';
import { formatMs } from '../../client/format.ts';
import { failures, type ProviderKey, testStates } from '../../client/words.ts';
import { type Paper, toned } from '../terminal/paper.ts';
import { command, eachAtOnce, type Gateway, openGateway, printJson, type World, withProgress } from '../world.ts';
import { findKey, listKeys, namesOf } from './find-key.ts';

export type KeyTest = Schemas['ProviderKeyTest'];

/** Providers are asked by several keys at once, and none of them by a crowd. */
const atOnce = 4;

export function testCommand(world: World) {
  return command(
    'test',
    'one cheap real call with each key; without keys: with all of them. Exit code 1 unless all are verified',
  )
    .argument('[keys...]', 'ids or labels')
    .option('--model <model>', "a model to call instead of each provider's cheapest")
    .action(async (wanted, options) => {
      const gateway = openGateway(world, options);
      const all = await listKeys(gateway);
      const keys = wanted.length === 0 ? all : wanted.map((each) => findKey(all, each));
      let done = 0;
      const says = () => `Testing ${keys.length === 1 ? 'the key' : `${keys.length} keys, ${done} done`}`;
      const tests = eachAtOnce(keys, atOnce, async (key) => {
        const result = await testKey(gateway, key.id, options.model).catch(refusal);
        done++;
        return { key, result };
      });
      const results = await withProgress(world, says, tests);
      if (results.some(({ result }) => result instanceof ApiError || result.state !== 'verified')) world.exitCode = 1;
      if (options.json)
        return printJson(world, { object: 'list', data: results.map(({ key, result }) => resultAsJson(key, result)) });
      if (keys.length === 0) world.out.line('There are no provider keys to test.');
      const nameOf = namesOf(all);
      for (const { key, result } of results) printTest(world.out, nameOf(key.id), result);
    });
}

export function testKey({ client }: Gateway, id: string, model?: string): Promise<KeyTest> {
  return bodyOf(
    client.POST('/v1/provider-keys/{id}/test', {
      params: { path: { id } },
      body: model === undefined ? {} : { model },
    }),
  );
}

/** What the gateway refuses about one key says nothing about the others; anything else ends the command. */
function refusal(error: unknown): ApiError {
  if (error instanceof ApiError && error.details !== null) return error;
  throw error;
}

function resultAsJson(key: ProviderKey, result: KeyTest | ApiError): object {
  return result instanceof ApiError
    ? { provider_key_id: key.id, error: result.details, request_id: result.requestId }
    : { provider_key_id: key.id, ...result };
}

export function printTest(out: Paper, name: string, result: KeyTest | ApiError): void {
  if (result instanceof ApiError) {
    out.line({ text: name, style: 'bold' }, '  ', toned('bad', 'Not tested'));
    out.line(`  ${result.message}`);
    if (result.hint !== null) out.line(`  ${result.hint}`);
    return;
  }
  const { tone, word, says } = testStates[result.state];
  const told = [result.model, result.region, formatMs(result.latency_ms)].filter((each) => each !== null).join(' · ');
  out.line({ text: name, style: 'bold' }, '  ', toned(tone, word), '  ', { text: told, style: 'dim' });
  if (result.state === 'verified') return;
  out.line(`  ${says}`);
  const todo = todoOf(result);
  if (todo !== null) out.line('  What to do: ', todo);
  const status = result.provider_status === null ? '' : ` (status ${result.provider_status})`;
  out.line({ text: `  The provider's words${status}: `, style: 'dim' }, result.detail);
}

/** The gateway's own hint is for programs where a key is invalid: it names the call that rotates. */
export function todoOf({ state, hint }: KeyTest): string | null {
  return state === 'invalid' ? failures.credential.todo : hint;
}
