import { bodyOf } from '../../client/client.ts';
import { prioritiesFor } from '../../client/order.ts';
import { nameOf } from '../../client/words.ts';
import { misused, Problem } from '../terminal/problem.ts';
import { command, openGateway, printJson, type World } from '../world.ts';
import { told } from './add-key.ts';
import { askCredential, credentialOf, findProvider, givenText } from './credential.ts';
import { findKey, listKeys } from './find-key.ts';
import { printKeys } from './show-keys.ts';

export function rotateCommand(world: World) {
  return command('rotate', 'a new credential in place of the old one; the next request uses it')
    .argument('<key>', 'its id or label')
    .argument('[-]', 'read the credential from standard input')
    .option('--from-file <file>', 'read the credential from a file; - is standard input')
    .option('--test', 'then test it; exit code 1 unless it is verified')
    .option('--anyway', 'take it even if it does not look like a key')
    .action(async (wanted, argument, options) => {
      const gateway = openGateway(world, options);
      const key = findKey(await listKeys(gateway), wanted);
      const { data: providers } = await bodyOf(gateway.client.GET('/v1/providers'));
      const provider = findProvider(providers, key.provider);
      const given = await givenText(world, { ...options, argument });
      const credential =
        given === null
          ? await askCredential(world, provider, options.anyway ?? false)
          : credentialOf(given.text, provider);
      const rotated = await bodyOf(
        gateway.client.PATCH('/v1/provider-keys/{id}', { params: { path: { id: key.id } }, body: { credential } }),
      );
      await told(world, gateway, rotated, options, 'rotated');
      if (!options.json) world.out.line('Revoke the old one at the provider.');
    });
}

export function orderCommand(world: World) {
  return command('order', 'the order in which keys are tried: those named first, the others behind them as they are')
    .argument('<keys...>', 'ids or labels')
    .action(async (wanted, options) => {
      const gateway = openGateway(world, options);
      const keys = await listKeys(gateway);
      const first = wanted.map((each) => findKey(keys, each));
      if (new Set(first).size < first.length) throw misused('A key is named twice.');
      const order = [...first, ...keys.filter((key) => !first.includes(key))];
      for (const [id, priority] of prioritiesFor(order))
        await bodyOf(gateway.client.PATCH('/v1/provider-keys/{id}', { params: { path: { id } }, body: { priority } }));
      const now = await listKeys(gateway);
      if (options.json) return printJson(world, { object: 'list', data: now });
      printKeys(world, now);
    });
}

export function removeCommand(world: World) {
  return command('rm', 'delete provider keys and their secrets')
    .argument('<keys...>', 'ids or labels')
    .option('-y, --yes', 'without asking')
    .action(async (wanted, options) => {
      const gateway = openGateway(world, options);
      const keys = await listKeys(gateway);
      const leaving = [...new Set(wanted.map((each) => findKey(keys, each)))];
      const names = leaving.map((key) => `${nameOf(key)} (${key.id})`).join(', ');
      if (!options.yes) {
        if (world.questions === null) throw misused(`This deletes ${names}.`, 'Say --yes where nobody can be asked.');
        if (!(await world.questions.confirm(`Delete ${names}? This cannot be undone`)))
          throw new Problem('Nothing was deleted.', { exitCode: 130 });
      }
      for (const { id } of leaving) {
        await gateway.client.DELETE('/v1/provider-keys/{id}', { params: { path: { id } } });
        if (!options.json) world.out.line(`${id} is deleted.`);
      }
      if (options.json)
        printJson(world, {
          object: 'list',
          data: leaving.map(({ id }) => ({ id, object: 'provider_key', deleted: true })),
        });
    });
}
