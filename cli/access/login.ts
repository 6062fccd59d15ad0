import { type Role, roleOf } from '../../client/role.ts';
import { misused } from '../terminal/problem.ts';
import { command, printJson, type World, withProgress } from '../world.ts';
import { parseAddress } from './address.ts';
import { clientFor, requireSendable } from './connection.ts';
import { forgetLogins, keepLogin, loginsFile, readLogins } from './logins.ts';
import { askSecret, isGiven, readGiven } from './secret-input.ts';

export const opens: Record<Role, string> = {
  manage: 'a workspace: its keys, requests and usage',
  inference: 'inference alone (scope inference): usage, and requests to models',
  operator: "the operator's commands: workspaces, and the requests of all of them",
};

const localGateway = 'http://127.0.0.1:8787';

export function loginCommand(world: World) {
  return command(
    'login',
    'keep an API key (kw_…) or an operator token for a gateway, once it has proved to open something',
  )
    .argument('[-]', 'read the key from standard input')
    .option('--from-file <file>', 'read the key from a file; - is standard input')
    .action(async (argument, options) => {
      const { terminal, questions, out } = world;
      const named =
        options.url ?? terminal.env.KEYWAY_URL ?? (await questions?.text('Address of the gateway', localGateway));
      if (named === undefined) throw misused('Which gateway?', 'Give its address with --url.');
      const url = parseAddress(named === '' ? localGateway : named, options.allowHttp);
      const source = { argument, fromFile: options.fromFile };
      const key = isGiven(source)
        ? await readGiven(terminal, source)
        : await askSecret(questions, `API key or operator token for ${url}`);
      requireSendable(key);
      const role = await withProgress(
        world,
        () => 'Asking the gateway',
        roleOf(clientFor({ url, key }, terminal.stop), key),
      );
      keepLogin(terminal, { url, key, role, ...(options.allowHttp && { allow_http: true }) });
      if (options.json) return printJson(world, { object: 'login', url, role, kept_in: loginsFile(terminal) });
      out.line({ text: '✓', style: 'green' }, ` Logged in to ${url}.`);
      out.line(`The key opens ${opens[role]}.`);
      out.line({ text: `It is kept in ${loginsFile(terminal)}, for you alone.`, style: 'dim' });
    });
}

export function logoutCommand(world: World) {
  return command('logout', 'forget the key of a gateway; the key itself stays valid')
    .option('--all', 'forget all of them')
    .action((options) => {
      const { terminal, out } = world;
      const named = options.url ?? terminal.env.KEYWAY_URL;
      const wanted = named === undefined ? readLogins(terminal).current : parseAddress(named, true);
      const gone = options.all ? forgetLogins(terminal, null) : wanted === null ? [] : forgetLogins(terminal, wanted);
      if (options.json) return printJson(world, { object: 'logout', urls: gone });
      if (gone.length === 0) out.line('No key was kept.');
      for (const url of gone) out.line(`The key for ${url} is forgotten here. It is valid until it is revoked.`);
    });
}
