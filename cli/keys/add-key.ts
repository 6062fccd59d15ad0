import { InvalidArgumentError } from '@commander-js/extra-typings';
import { type BodyOf, bodyOf } from '../../client/client.ts';
import { nameOf, type ProviderKey, titleOf } from '../../client/words.ts';
import { misused } from '../terminal/problem.ts';
import { command, type Gateway, openGateway, printJson, type World, withProgress } from '../world.ts';
import { askCredential, credentialOf, findProvider, givenText, type Provider } from './credential.ts';
import { printTest, testKey } from './test-keys.ts';

export function addCommand(world: World) {
  return command(
    'add',
    'store a provider key. Asks for what is not given; the secret comes from a prompt, a file or standard input',
  )
    .argument('[provider]', 'such as openai, bedrock or vertex; left out where the key says it')
    .argument('[-]', 'read the credential from standard input')
    .option('--from-file <file>', 'read the credential from a file, such as a service account; - is standard input')
    .option('--label <label>', 'how you will know it again')
    .option('--region <region>', 'where the credential names none')
    .option('--exclusive', "never use the platform's credentials for what this key serves")
    .option('--models <models>', 'what it is for, with commas between: gpt-4o*,o3', listOf)
    .option('--priority <number>', 'lower is tried first', wholeNumber)
    .option('--disabled', 'store it switched off')
    .option('--test', 'then test it; exit code 1 unless it is verified')
    .option('--anyway', 'store it even if it does not look like a key')
    .action(async (first, second, options) => {
      const gateway = openGateway(world, options);
      const [named, argument] = first === '-' ? [second, first] : [first, second];
      const { data: providers } = await bodyOf(gateway.client.GET('/v1/providers'));
      const wanted = named === undefined ? null : findProvider(providers, named);
      const given = await givenText(world, { ...options, argument });
      const provider = wanted ?? (await chooseProvider(world, providers, given?.says ?? null));
      if (given !== null && given.says !== null && given.says !== provider.name)
        world.err.line(`Warning: this looks like a key of ${titleOf(given.says, providers)}.`);
      const credential =
        given === null
          ? await askCredential(world, provider, options.anyway ?? false)
          : credentialOf(given.text, provider);
      const asked = given === null ? await askMore(world, provider, credential, options) : {};
      const key = await bodyOf(
        gateway.client.POST('/v1/provider-keys', {
          body: { provider: provider.name, credential, ...bodyFrom({ ...options, ...asked }) },
        }),
      );
      await told(world, gateway, key, { ...options, ...asked }, 'stored');
    });
}

interface Chosen {
  label?: string | undefined;
  region?: string | undefined;
  exclusive?: boolean | undefined;
  models?: string[] | undefined;
  priority?: number | undefined;
  disabled?: boolean | undefined;
}

function bodyFrom(chosen: Chosen): Partial<BodyOf<'createProviderKey'>> {
  return {
    ...(chosen.label !== undefined && { label: chosen.label }),
    ...(chosen.region !== undefined && { region: chosen.region }),
    ...(chosen.exclusive && { fallback_enabled: false }),
    ...(chosen.models !== undefined && { models: chosen.models }),
    ...(chosen.priority !== undefined && { priority: chosen.priority }),
    ...(chosen.disabled && { enabled: false }),
  };
}

async function chooseProvider(world: World, providers: Provider[], says: string | null): Promise<Provider> {
  if (says !== null) return findProvider(providers, says);
  if (world.questions === null)
    throw misused('Which provider is the key for?', `One of ${providers.map(({ name }) => name).join(', ')}.`);
  const options = providers.map(({ name }) => ({ value: name, label: titleOf(name, providers) }));
  return findProvider(providers, await world.questions.choose('Provider', options));
}

/** What a person who is at the terminal anyway may want to say. */
async function askMore(
  { questions }: World,
  provider: Provider,
  credential: unknown,
  given: Chosen & { test?: boolean | undefined },
) {
  if (questions === null) return {};
  const label = given.label ?? (await questions.text('Label (optional)', 'how you will know it again'));
  // A bare key may belong to a region that it does not name; what has fields has one for it.
  const regional = typeof credential === 'string' && JSON.stringify(provider.credential_schemas).includes('"region"');
  const region =
    given.region ?? (regional ? await questions.text('Region (optional)', 'where the key names none') : '');
  const models = given.models ?? listOf(await questions.text('Models (optional)', 'gpt-4o*, o3; empty: every model'));
  const exclusive =
    given.exclusive ??
    (await questions.confirm(
      "Never use the platform's credentials for what this key serves? Its requests then fail with it",
    ));
  const test = given.test ?? (await questions.confirm('Test it at once, with one cheap real call?', true));
  return {
    ...(label !== '' && { label }),
    ...(region !== '' && { region }),
    ...(models.length > 0 && { models }),
    exclusive,
    test,
  };
}

/** Says what became of a key, and tests it where that is wanted. */
export async function told(
  world: World,
  gateway: Gateway,
  key: ProviderKey,
  options: { json?: boolean | undefined; test?: boolean | undefined },
  done: 'stored' | 'rotated',
): Promise<void> {
  const { out } = world;
  if (!options.json) {
    out.line(
      { text: '✓', style: 'green' },
      ` ${nameOf(key)} is ${done}: ${key.id}, ${key.provider}, ${key.credential.hint}.`,
    );
    if (key.trust !== undefined) {
      out.line('It works once its owner has set up:');
      for (const line of JSON.stringify(key.trust, null, 2).split('\n')) out.line('  ', line);
    }
  }
  const test = options.test ? await withProgress(world, () => 'Testing the key', testKey(gateway, key.id)) : null;
  if (test !== null && test.state !== 'verified') world.exitCode = 1;
  if (options.json) printJson(world, { ...key, ...(test !== null && { test }) });
  else if (test !== null) printTest(out, nameOf(key), test);
  else
    out.line({ text: `Nobody has asked the provider yet whether it works: keyway keys test ${key.id}`, style: 'dim' });
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number)) throw new InvalidArgumentError('It must be a whole number.');
  return number;
}
