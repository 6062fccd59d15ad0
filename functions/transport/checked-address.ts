import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { AllowedHosts } from './allowed-hosts.ts';
import { agentOptions } from './http-client.ts';
import { isPrivateAddress, isPublicAddress, resolveAll } from './public-address.ts';

/** Why an address that a tenant named is not called. The message says nothing about the network behind the gateway. */
export class AddressRefused extends Error {}

/** How a host that a tenant chose is reached: agents of its own, so that no connection that nobody checked is used again. */
export type CheckedAgents = (url: URL) => HttpAgent;

/**
 * Addresses are checked when a connection is opened, and the connection goes to what was checked: a name that means something
 * else by then, or every other time that it is asked for (DNS rebinding), gains nothing. All addresses of a name must pass.
 * `allowed` null: public addresses alone.
 */
export function createCheckedAgents(
  allowed: AllowedHosts | null,
  resolve: (host: string) => Promise<string[]> = resolveAll,
): CheckedAgents {
  const lookup: LookupFunction = (host, options, answer) => {
    const refuse = (error: Error) => answer(error, '', 0);
    resolve(host).then(
      (found) => {
        if (found.length === 0) return refuse(new Error('The host was not found.'));
        if (!found.every((address) => checkedAddress(address, host, allowed))) return refuse(refused());
        const wanted = found
          .map((address) => ({ address, family: isIP(address) }))
          .filter(({ family }) => !options.family || options.family === family);
        const [first] = wanted;
        if (first === undefined) return refuse(new Error('The host was not found.'));
        if (options.all) answer(null, wanted);
        else answer(null, first.address, first.family);
      },
      () => refuse(new Error('The host was not found.')),
    );
  };
  const plain = new HttpAgent({ ...agentOptions, lookup });
  const secure = new HttpsAgent({ ...agentOptions, lookup });
  return ({ protocol }) => (protocol === 'https:' ? secure : plain);
}

/** Whether a connection for `host` may be opened to this address. */
export function checkedAddress(address: string, host: string, allowed: AllowedHosts | null): boolean {
  if (isPublicAddress(address)) return true;
  if (allowed === null) return false;
  return allowed.holds(address) || (allowed.names(host) && isPrivateAddress(address));
}

/** Throws `AddressRefused` for a host that is an address itself: for those no name is looked up. */
export function checkLiteral(url: URL, allowed: AllowedHosts | null): void {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !checkedAddress(host, host, allowed)) throw refused();
}

function refused(): AddressRefused {
  return new AddressRefused('The address of this host is not one that may be called.');
}

/**
 * An address that a tenant stored, as a URL; null: it is none, or not plainly what it says. Refused are userinfo, queries and
 * fragments, and hosts that are not written as they are called: numbers in decimal, octal, hex or shortened form, percent
 * signs, capitals beyond ASCII, a dot at the end.
 */
export function readPlainUrl(text: string, protocols: readonly string[]): URL | null {
  // What the parser would silently remove or turn: blanks, control characters, backslashes (https://url.spec.whatwg.org/#url-parsing).
  if (!/^[\x21-\x7e]{1,2048}$/.test(text) || /[\\?#@]/.test(text)) return null;
  const url = URL.parse(text);
  const [, written = ''] = /^[a-z]+:\/\/(\[[^\]/]*\]|[^:/]*)(?::\d{1,5})?(?:\/|$)/i.exec(text) ?? [];
  if (url === null || !protocols.includes(url.protocol)) return null;
  if (written === '' || written.toLowerCase() !== url.hostname || url.hostname.endsWith('.')) return null;
  return url;
}

export function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}
