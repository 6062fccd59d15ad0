import { BlockList, isIP } from 'node:net';

/** The operator's list of hosts that tenants may have called, as `host`, `*.suffix`, an address or a network, each with or without a port. */
export interface AllowedHosts {
  empty: boolean;
  /** Whether the host, as `URL.hostname` gives it, may be called on this port. */
  allows(host: string, port: number): boolean;
  /** Whether the operator named this very host: then it may stand in a private network. A suffix opens the public internet alone. */
  names(host: string): boolean;
  /** Whether the operator listed the address itself, or a network around it. */
  holds(address: string): boolean;
}

/** Throws for an entry that makes no sense. */
export function readAllowedHosts(list: string): AllowedHosts {
  const entries = list
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .filter(Boolean)
    .map(readEntry);
  return {
    empty: entries.length === 0,
    allows: (host, port) => entries.some((entry) => entry.matches(host) && mayUse(entry.port, port)),
    names: (host) => entries.some((entry) => entry.exact && entry.matches(host)),
    holds: (address) => entries.some((entry) => entry.network && entry.matches(address)),
  };
}

interface Entry {
  matches(host: string): boolean;
  exact: boolean;
  network: boolean;
  port: number | null;
}

function readEntry(text: string): Entry {
  const bareIpv6 = isIP(text.split('/')[0] ?? '') === 6;
  const [, name = '', port = null] = bareIpv6 ? [text, text] : (/^(.*?)(?::(\d{1,5}))?$/.exec(text) ?? []);
  const [address = '', prefix] = name.replace(/^\[(.*)\]$/, '$1').split('/');
  const shared = { port: port === null ? null : Number(port) };
  const family = isIP(address);
  if (family !== 0) {
    const type = family === 4 ? 'ipv4' : 'ipv6';
    const network = new BlockList();
    const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix);
    if (!(bits >= 8 && bits <= (family === 4 ? 32 : 128))) throw new Error(`${text} is no network.`);
    network.addSubnet(address, bits, type);
    // A mapped IPv6 address is none of an IPv4 network: it must be listed as it is.
    const matches = (host: string) => {
      const bare = host.replace(/^\[|\]$/g, '');
      return isIP(bare) === family && network.check(bare, type);
    };
    return { ...shared, matches, exact: prefix === undefined, network: true };
  }
  const label = '[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?';
  if (!new RegExp(`^(\\*\\.)?${label}(?:\\.${label})*$`).test(name) || prefix !== undefined)
    throw new Error(`${text} is no host, *.suffix, address or network.`);
  if (!name.startsWith('*.')) return { ...shared, matches: (host) => host === name, exact: true, network: false };
  const suffix = name.slice(1);
  const matches = (host: string) => host.length > suffix.length && host.endsWith(suffix) && isIP(host) === 0;
  return { ...shared, matches, exact: false, network: false };
}

/** The other ports below 1024 belong to services such as SSH and SMTP: only where the entry names them. */
function mayUse(listed: number | null, port: number): boolean {
  if (listed !== null) return listed === port;
  return port === 80 || port === 443 || port >= 1024;
}
