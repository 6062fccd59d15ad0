import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definitions } from '../../functions/providers/registry.ts';
import type { Listening } from '../../local/listening.ts';
import { simulatedEndpoints } from '../../local/settings.ts';
import { sessionOf } from '../../local/simulated/aws-sts.ts';
import { readSignature } from '../../local/simulated/bedrock/aws-signature.ts';
import { createSimulatedProviders } from '../../local/simulated/providers.ts';
import { startSimulatedProviders } from '../../local/simulated/server.ts';
import { accountOfToken } from '../../local/simulated/vertex/google-token.ts';
import { shapesOf } from '../embedded/credential-shapes.ts';
import { addKey, chat, createTenant } from '../embedded/workspace.ts';
import { type Gateway, keyStores, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

const tenants = 5;
const requests = 30;

/** Whose credential a call carried: `tenant-<n>`, wherever its kind of credential has a name in it. */
function ownerOf({ headers }: IncomingMessage): string | undefined {
  const { authorization = '', 'x-api-key': anthropic, 'x-goog-api-key': google, 'api-key': azure } = headers;
  const bearer = authorization.replace(/^Bearer /, '');
  const signed = readSignature(authorization)?.accessKeyId ?? '';
  const words = [
    ...[bearer, anthropic, google, azure, signed].map(String),
    Buffer.from(bearer.replace(/^ABSK/, ''), 'base64').toString(),
    accountOfToken(authorization) ?? '',
    sessionOf(signed)?.role ?? '',
  ];
  const [, owner] = /tenant[-_](\d+)/i.exec(words.join(' ')) ?? [];
  return owner;
}

const shapes = definitions.flatMap(shapesOf);
const suites = [
  { store: 'secrets-manager' as const, shown: shapes },
  { store: 'kms' as const, shown: shapes.filter((_, i) => i % 3 === 0) },
];

describe.each(suites)('workspaces with look-alike credentials in $store', ({ store, shown }) => {
  const calls: { owner: string | undefined; body: string }[] = [];
  let stores: Stores;
  let simulated: Listening;
  let gateways: [Gateway, Gateway];

  beforeAll(async () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' });
    const { handlers } = createSimulatedProviders();
    for (const [name, handler] of Object.entries(handlers))
      handlers[name] = (request, body, response) => {
        // Exchanges of credentials carry no question.
        if (body.includes('request of')) calls.push({ owner: ownerOf(request), body: body.toString() });
        return handler(request, body, response);
      };
    [stores, simulated] = await Promise.all([startStores(), startSimulatedProviders(handlers)]);
    const settings = {
      ...simulatedEndpoints(simulated.url),
      KEYWAY_CUSTOM_HOSTS: '127.0.0.1',
      KEYWAY_CUSTOM_HTTP: '1',
      ...keyStores[store],
    };
    gateways = [await startGateway(stores, settings), await startGateway(stores, settings)];
  });
  afterAll(async () => {
    await Promise.all([...gateways.map((gateway) => gateway.close()), simulated.close()]);
    await stores.close();
  });

  it.each(shown)('never meet: $provider, $name', async ({ provider, model, simulated: make }) => {
    const owners = await Promise.all(
      Array.from({ length: tenants }, async (_, n) => {
        const tenant = await createTenant(gateways[0], '0');
        await addKey(gateways[0], tenant, make(`tenant-${n}`, `${simulated.url}/custom`), {
          provider,
          label: 'production',
        });
        return tenant;
      }),
    );
    calls.length = 0;
    await Promise.all(
      Array.from({ length: requests }, async (_, i) => {
        const owner = owners[i % tenants];
        if (owner === undefined) throw new Error('no owner');
        const answer = await chat(gateways[i % 2 === 0 ? 0 : 1], owner, {
          model,
          stream: i % 3 === 0,
          messages: [{ role: 'user', content: `request of ${i % tenants}.` }],
        });
        expect(answer.status, answer.text).toBe(200);
      }),
    );
    expect(calls).toHaveLength(requests);
    const strays = calls.filter(({ owner, body }) => owner !== /request of (\d+)\./.exec(body)?.[1]);
    expect(strays).toEqual([]);
  });
});
