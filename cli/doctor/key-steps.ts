import { formatMs } from '../../client/format.ts';
import { type ProviderKey, testStates } from '../../client/words.ts';
import { regionSources } from '../keys/show-keys.ts';
import { type KeyTest, todoOf } from '../keys/test-keys.ts';
import { type Found, failed, fine } from './step.ts';

/** What one test says about each part of the way behind the gateway; null: it says nothing about that part. */
export interface KeyFindings {
  secret: Found;
  region: Found | null;
  provider: Found | null;
}

/** Statuses with which providers refuse a key or a permission, not a place or a model. */
const refusals = [401, 403];

/**
 * Reads a key test (docs/api.md, "Provider keys") as a way: the stored secret, then region or project, then the provider. The part
 * that fails is the first one that the test does not vouch for.
 */
export function readTest(key: Pick<ProviderKey, 'region' | 'region_source'>, test: KeyTest): KeyFindings {
  const { state, detail, provider_status: status, model } = test;
  const region = test.region ?? key.region;
  // Nobody was asked: the gateway could not read the secret, or could not make a credential of it.
  if (state === 'inconclusive' && status === null)
    return {
      secret: failed(
        `The stored secret cannot be used: ${detail}`,
        todoOf(test) ?? 'Store it again: keyway keys rotate',
      ),
      region: null,
      provider: null,
    };
  const secret = fine('The stored secret can be read.');
  const place = region === null ? null : `${region}, ${regionSources[key.region_source ?? 'default']}`;
  const fineRegion = place === null ? null : fine(`${place}.`);
  if (state === 'verified')
    return { secret, region: fineRegion, provider: fine(`It served ${model} in ${formatMs(test.latency_ms)}.`) };
  const words = `${testStates[state].says}${status === null ? '' : ` Status ${status}.`} The provider's words: ${detail}`;
  const todo = todoOf(test);
  if (place !== null && state === 'unreachable')
    return {
      secret,
      region: failed(
        `Nobody was reached for the region ${place}. ${detail}`,
        'Check the region for typing errors, and that the provider has it. If it is right, the provider or the way to it is down.',
      ),
      provider: null,
    };
  if (place !== null && state === 'no_permission' && !refusals.includes(status ?? 0))
    return {
      secret,
      region: failed(
        `${model} cannot be had in the region ${place}. The provider's words: ${detail}`,
        todo ?? 'Use another region, or ask the provider for access to the model there.',
      ),
      provider: null,
    };
  return { secret, region: fineRegion, provider: failed(words, todo) };
}
