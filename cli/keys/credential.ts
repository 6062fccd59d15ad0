import type { Schemas } from '../../client/client.ts';
import { emptyDraft, fieldNames, formsOf, schemaOf, toCredential } from '../../client/credential-draft.ts';
import { recognise } from '../../client/recognise.ts';
import { titleOf } from '../../client/words.ts';
import { askSecret, howToGive, isGiven, readGiven, type SecretSource } from '../access/secret-input.ts';
import { misused, Problem } from '../terminal/problem.ts';
import type { Questions } from '../terminal/questions.ts';
import type { World } from '../world.ts';

export type Provider = Schemas['Provider'];

/** The provider of that name. Throws `Problem`. */
export function findProvider(providers: Provider[], name: string): Provider {
  const found = providers.find((each) => each.name === name);
  if (found !== undefined) return found;
  throw misused(`There is no provider “${name}”.`, `There are ${providers.map((each) => each.name).join(', ')}.`);
}

export interface CredentialOptions extends SecretSource {
  /** Take it whatever it looks like. */
  anyway?: true | undefined;
}

/** What a credential that was given or pasted says about itself; throws `Problem` when that is no credential, unless `anyway`. */
function judge({ err, terminal }: World, text: string, anyway: boolean): string | null {
  const found = recognise(text, terminal.now());
  if (found === null) return null;
  if (found.problem !== null && !anyway)
    throw new Problem(`${found.what}: ${found.problem}`, {
      hint: 'Nothing was stored. --anyway stores it nevertheless.',
    });
  const facts = found.facts.map(([name, value]) => `, ${name.toLowerCase()} ${value}`).join('');
  err.line({ text: `Recognised: ${found.what}${facts}.`, style: 'dim' });
  return found.provider;
}

/** A credential from a file or standard input as text, judged. */
export async function givenText(
  world: World,
  options: CredentialOptions,
): Promise<{ text: string; says: string | null } | null> {
  if (!isGiven(options)) return null;
  const text = await readGiven(world.terminal, options);
  return { text, says: judge(world, text, options.anyway ?? false) };
}

export function credentialOf(text: string, provider: Provider): unknown {
  return toCredential({ ...emptyDraft, pasted: text }, provider);
}

/** Asks for a credential of the provider: a key, a file, or what its other forms are made of. */
export async function askCredential(world: World, provider: Provider, anyway: boolean): Promise<unknown> {
  const { questions, terminal } = world;
  if (questions === null) throw misused('No credential was given, and there is no terminal to ask at.', howToGive);
  const form = await chooseForm(questions, provider);
  if (form === 'file') {
    const fromFile = await questions.text('Name of the JSON file');
    const text = await readGiven(terminal, { fromFile });
    judge(world, text, anyway);
    return credentialOf(text, provider);
  }
  if (form !== 'paste') return askFields(questions, provider, form);
  const text = await askSecret(questions, `Key for ${titleOf(provider.name, [provider])} (not shown)`);
  if (text.startsWith('{'))
    throw misused('JSON is not pasted here: its lines would end the prompt.', 'Give the file with --from-file.');
  judge(world, text, anyway);
  return credentialOf(text, provider);
}

/** A JSON file has many lines, and a prompt has one: it is named, and everything else is pasted or filled in. */
async function chooseForm(questions: Questions, provider: Provider): Promise<string> {
  const isFile = JSON.stringify(provider.credential_schemas).includes('"service_account"');
  const forms = formsOf(provider).map(([value, label]) =>
    value === 'paste' && isFile
      ? { value: 'file', label: 'A JSON file' }
      : { value, label: value === 'paste' ? 'A key' : label },
  );
  if (forms.length <= 1) return forms[0]?.value ?? 'paste';
  return questions.choose('What do you have?', forms);
}

async function askFields(questions: Questions, provider: Provider, form: string): Promise<unknown> {
  const { properties, required = [] } = schemaOf(provider, form);
  const fields: Record<string, string> = {};
  for (const [name, property] of Object.entries(properties)) {
    const label = `${fieldNames[name] ?? name}${required.includes(name) ? '' : ' (optional)'}`;
    const secret = property.writeOnly === true || property.type === 'object';
    fields[name] = secret ? await questions.secret(`${label}, not shown`) : await questions.text(label);
  }
  return toCredential({ ...emptyDraft, form, fields }, provider);
}
