import { ApiError } from '../../client/api-error.ts';
import { bodyOf } from '../../client/client.ts';
import { counted, formatUsd } from '../../client/format.ts';
import { type Role, roleOf } from '../../client/role.ts';
import { type ProviderKey, stateOf } from '../../client/words.ts';
import { opens } from '../access/login.ts';
import type { Gateway } from '../world.ts';
import { type Found, failed, fine } from './step.ts';

const patienceMs = 15_000;

/** Whether it is Keyway that answers there. Asks without the key: who knows what answers. */
export async function findGateway(url: string, stop: AbortSignal): Promise<Found> {
  const answer = await fetch(`${url}/healthz`, {
    redirect: 'manual',
    signal: AbortSignal.any([stop, AbortSignal.timeout(patienceMs)]),
  }).catch(() => null);
  if (answer === null)
    return failed(
      'Something listens, and gives no answer in HTTP.',
      'Check the port: another program may listen there.',
    );
  const text = (await answer.text()).slice(0, 10_000);
  const id = answer.headers.get('x-request-id') ?? '';
  if (answer.status === 200 && id.startsWith('req_') && statusIn(text) === 'ok') return fine(`Keyway answers (${id}).`);
  if (id.startsWith('req_'))
    return failed(
      `Keyway answers, and is not well: status ${answer.status} (${id}).`,
      'Tell the operator the request id.',
    );
  const location = answer.headers.get('location');
  if (answer.status >= 300 && answer.status < 400 && location !== null)
    return failed(`This address leads on to ${location}.`, 'Use the address that it leads to; keys are not sent on.');
  if (answer.status === 403 && /"message"\s*:\s*"(Missing Authentication Token|Forbidden)"/.test(text))
    return failed(
      'An API Gateway answers that has no such path.',
      'The address in AWS ends with its stage: take ApiUrl from the outputs of the stack.',
    );
  return failed(
    `Something answers with status ${answer.status}, and it is not Keyway.`,
    'Check address and port. The address is what comes before /v1.',
  );
}

function statusIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { status?: unknown } | null)?.status;
  } catch {
    return undefined;
  }
}

/** Whether the key is known, and what it opens. Rejects with anything but a refusal. */
export async function findRole({ client, key, source }: Gateway): Promise<{ found: Found; role: Role | null }> {
  try {
    const role = await roleOf(client, key);
    return { found: fine(`The key (from ${source}) opens ${opens[role]}.`), role };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { found: failed(`${error.message} It came from ${source}.`, todoOf(error, source)), role: null };
  }
}

function todoOf({ code, hint }: ApiError, source: string): string | null {
  const renew = source === 'KEYWAY_API_KEY' ? 'set KEYWAY_API_KEY to it' : 'log in with it: keyway login';
  if (code === 'unauthorized') return `Check that it belongs to this gateway; take the right one, and ${renew}.`;
  if (code === 'key_disabled')
    return `Make a new API key, or have the operator enable workspace or key; then ${renew}.`;
  return hint;
}

export async function findProviderKeys({ client }: Gateway, keys: ProviderKey[]): Promise<Found> {
  if (keys.length === 0) {
    const { available_usd } = await bodyOf(client.GET('/v1/balance'));
    return failed(
      `There are no provider keys. Only the platform can serve, from your credit (${formatUsd(available_usd)} left).`,
      'Add one: keyway keys add',
    );
  }
  if (!keys.some(({ enabled }) => enabled))
    return failed('All provider keys are switched off.', 'Switch one on in the page, under Keys.');
  const states = Map.groupBy(keys, (key) => stateOf(key).word.toLowerCase());
  const told = [...states].map(([word, { length }]) => `${length} ${word}`).join(', ');
  return fine(`${counted(keys.length, 'provider key')}: ${told}.`);
}
