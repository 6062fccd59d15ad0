import { type Client, createClient } from '../../client/client.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { misused } from '../terminal/problem.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { parseAddress } from './address.ts';
import { readLogins } from './logins.ts';

/** Where logins are kept, and what the environment says. */
type Around = Pick<Terminal, 'env' | 'home'>;

/** The options of every command that asks a gateway. */
export interface AccessOptions {
  url?: string | undefined;
  allowHttp?: true | undefined;
}

/** Where to ask, and with which key. */
export interface Access {
  url: string;
  key: string;
  /** Where the key comes from, for people. */
  source: string;
}

/** The gateway's address and a key for it. Throws `Problem`. */
export function findAccess(terminal: Around, options: AccessOptions): Access {
  const url = findAddress(terminal, options);
  return { url, ...findKeyFor(terminal, url) };
}

/** The gateway that is meant: the one named, that of the environment, or that of the last login. Throws `Problem`. */
export function findAddress(terminal: Around, { url, allowHttp }: AccessOptions): string {
  const { env } = terminal;
  const named = url ?? (env.KEYWAY_URL || undefined);
  if (named === undefined && env.KEYWAY_API_KEY)
    throw misused('KEYWAY_API_KEY is set, and nothing says where it belongs.', 'Set KEYWAY_URL, too, or give --url.');
  if (named !== undefined && env.KEYWAY_API_KEY) return parseAddress(named, allowHttp);
  const { current, logins } = readLogins(terminal);
  const wanted = named ?? current;
  if (wanted === null) throw misused('No gateway is known yet.', 'Log in with keyway login, or give --url.');
  const kept = logins.find((login) => login.url === parseAddress(wanted, true));
  return parseAddress(wanted, allowHttp ?? kept?.allow_http);
}

/**
 * The key for a gateway. That of the environment goes to the environment's gateway, or to the one that is named where the environment
 * has none; to others goes the key of their own login. Throws `Problem` where there is none.
 */
export function findKeyFor(terminal: Around, url: string): Pick<Access, 'key' | 'source'> {
  const { KEYWAY_API_KEY: fromEnvironment, KEYWAY_URL: itsUrl } = terminal.env;
  if (fromEnvironment && (!itsUrl || parseAddress(itsUrl, true) === url)) {
    requireSendable(fromEnvironment.trim());
    return { key: fromEnvironment.trim(), source: 'KEYWAY_API_KEY' };
  }
  const login = readLogins(terminal).logins.find((each) => each.url === url);
  if (login !== undefined) return { key: login.key, source: 'keyway login' };
  throw misused(`There is no key for ${url}.`, `Log in: keyway login --url ${url}. Programs set KEYWAY_API_KEY.`);
}

/** Throws `Problem` for what no header can hold: its own error would repeat the key. */
export function requireSendable(key: string): void {
  if (!/^[\x21-\x7e]+$/.test(key)) throw misused('This is no key: it has spaces, line ends or other signs in it.');
}

/** Key tests of slow providers take their time; nothing takes longer. */
const patienceMs = 120_000;

/** The client for a gateway. Answers that lead elsewhere are not followed: the key was meant for this address. */
export function clientFor({ url, key }: Pick<Access, 'url' | 'key'>, stop: AbortSignal): Client {
  return createClient({
    baseUrl: url,
    key: () => key,
    fetch: (request) => {
      request.headers.set('user-agent', `keyway-cli/${packageJson.version}`);
      return fetch(request, {
        redirect: 'manual',
        signal: AbortSignal.any([request.signal, stop, AbortSignal.timeout(patienceMs)]),
      });
    },
  });
}
