import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressVariables } from '../../../functions/providers/definition.ts';
import { definitions } from '../../../functions/providers/registry.ts';
import type { Listening } from '../../../local/listening.ts';
import { simulatedEndpoints } from '../../../local/settings.ts';
import { simulatedFederationRole, simulatedPrincipal } from '../../../local/simulated/aws-sts.ts';
import { createSimulatedProviders } from '../../../local/simulated/providers.ts';
import { startSimulatedProviders } from '../../../local/simulated/server.ts';
import { type CredentialShape, shapesOf, type Word } from '../../embedded/credential-shapes.ts';
import { addKey, call, createTenant } from '../../embedded/workspace.ts';
import { type Gateway, type Stores, startGateway, startStores } from '../../embedded-gateway.ts';

/** docs/api.md, "Provider keys"; the seventh, `unreachable`, is told by what does not answer. */
const states: [Word, string][] = [
  ['demo', 'verified'],
  ['invalid', 'invalid'],
  ['denied', 'no_permission'],
  ['ratelimited', 'rate_limited'],
  ['quota', 'quota_exceeded'],
  ['overloaded', 'inconclusive'],
];
/** Nothing listens there. */
const nowhere = 'http://127.0.0.1:9';
const settings = {
  KEYWAY_CUSTOM_HOSTS: '127.0.0.1',
  KEYWAY_CUSTOM_HTTP: '1',
  KEYWAY_PRINCIPAL_ARN: simulatedPrincipal,
  KEYWAY_FEDERATION_ROLE_ARN: simulatedFederationRole,
};

describe('the test of a key', () => {
  let stores: Stores;
  let simulated: Listening;
  let gateway: Gateway;
  let cutOff: Gateway;

  beforeAll(async () => {
    // What the function's role gives it.
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' });
    [stores, simulated] = await Promise.all([
      startStores(),
      startSimulatedProviders(createSimulatedProviders().handlers),
    ]);
    const unreachable = definitions.flatMap(addressVariables).map((variable) => [variable, nowhere]);
    [gateway, cutOff] = await Promise.all([
      startGateway(stores, {
        ...simulatedEndpoints(simulated.url),
        ...settings,
        KEYWAY_FIRST_BYTE_TIMEOUT_MS: '3000',
      }),
      startGateway(stores, { ...Object.fromEntries(unreachable), ...settings }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([gateway.close(), cutOff.close(), simulated.close()]);
    await stores.close();
  });

  /** Stores them one after the other, as they lie in one item, and tests them all at once. */
  const testAll = async (at: Gateway, wanted: { shape: CredentialShape; word: Word; state: string }[]) => {
    const tenant = await createTenant(gateway, '0');
    const stored: string[] = [];
    for (const { shape, word } of wanted)
      stored.push(
        await addKey(gateway, tenant, shape.simulated(word, `${simulated.url}/custom`), { provider: shape.provider }),
      );
    const told = await Promise.all(
      stored.map((id) => call(at, 'POST', `/v1/provider-keys/${id}/test`, { key: tenant.apiKey })),
    );
    return wanted.flatMap(({ shape: { provider, name }, word, state }, index) => {
      const { state: seen, detail } = told[index]?.json ?? {};
      return seen === state ? [] : [{ provider, name, word, state, seen, detail }];
    });
  };

  it.each(definitions.map((definition) => ({ definition, name: definition.name })))(
    'of $name tells every state for every shape of its credential',
    async ({ definition }) => {
      const wanted = shapesOf(definition).flatMap((shape) => states.map(([word, state]) => ({ shape, word, state })));
      expect(await testAll(gateway, wanted)).toEqual([]);
    },
  );

  it('tells for every shape of every credential that nobody answered', async () => {
    const wanted = definitions
      .flatMap(shapesOf)
      .map((shape) => ({ shape, word: 'slow' as const, state: 'unreachable' }));
    expect(await testAll(gateway, wanted)).toEqual([]);
  });

  it('never says invalid when nobody can be reached', async () => {
    const reachable = definitions.flatMap(shapesOf).filter(({ provider }) => provider !== 'custom');
    const wanted = reachable.map((shape) => ({ shape, word: 'demo' as const, state: 'unreachable' }));
    expect(await testAll(cutOff, wanted)).toEqual([]);
  });
});
