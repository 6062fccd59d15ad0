import { misused } from '../terminal/problem.ts';

/**
 * The gateway's address as the client takes it, from what people paste: with or without `/v1`, `/console` or a slash at its end. Plain
 * http is for this machine alone, because the key would travel in the clear; `allowHttp` says that it may. Throws `Problem`.
 */
export function parseAddress(text: string, allowHttp = false): string {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw misused('The address of a gateway begins with https://.', 'For the local one: --url http://127.0.0.1:8787');
  if (url.username !== '' || url.password !== '' || url.search !== '')
    throw misused('The address of a gateway holds no user, password or query.', 'Keys are not part of an address.');
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && !allowHttp)
    throw misused(
      `Your key would travel to ${url.host} in the clear.`,
      'Use https://. In a network that you trust with your keys, say --allow-http.',
    );
  return url.origin + url.pathname.replace(/\/(v1|console)?\/*$/, '').replace(/\/+$/, '');
}

export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
