import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { type Found, failed, fine } from './step.ts';

const patienceMs = 10_000;

/** `[::1]` of an address is `::1` for sockets. */
const hostOf = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, '');
const portOf = ({ port, protocol }: URL) => Number(port || (protocol === 'https:' ? 443 : 80));

/** Null where the address holds no name that anybody would have to look up. */
export function namesHost(url: URL): boolean {
  return isIP(hostOf(url)) === 0;
}

export async function findName(url: URL): Promise<Found> {
  try {
    const addresses = await lookup(hostOf(url), { all: true });
    return fine(`${url.hostname} is ${addresses.map(({ address }) => address).join(', ')}`);
  } catch (error) {
    return failed(
      `The name ${url.hostname} leads nowhere (${codeOf(error)}).`,
      'Check the address for typing errors, and that this machine is online (in the right VPN, if there is one).',
    );
  }
}

export async function connect(url: URL): Promise<Found> {
  const secure = url.protocol === 'https:';
  const to = { host: hostOf(url), port: portOf(url) };
  try {
    const socket = await opened(
      secure ? connectTls({ ...to, ...(namesHost(url) && { servername: to.host }) }) : connectTcp(to),
      secure ? 'secureConnect' : 'connect',
    );
    const says = socket instanceof TLSSocket ? told(socket) : `Port ${to.port} is open.`;
    socket.destroy();
    return fine(says);
  } catch (error) {
    const code = codeOf(error);
    return failed(...(problems[code]?.(to.port) ?? other(error, code)));
  }
}

function opened(socket: Socket, event: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.setTimeout(patienceMs, () => socket.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })));
    socket.once(event, () => resolve(socket));
    socket.on('error', reject);
  });
}

function told(socket: TLSSocket): string {
  const { valid_to } = socket.getPeerCertificate();
  return `${socket.getProtocol() ?? 'TLS'}; the certificate is valid until ${new Date(valid_to).toISOString().slice(0, 10)}.`;
}

const trust = 'If it is issued by an authority of your own, name its file in NODE_EXTRA_CA_CERTS.';

/** Codes of Node's sockets and of OpenSSL (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const problems: Record<string, (port: number) => [says: string, todo: string]> = {
  ECONNREFUSED: (port) => [
    `Nothing listens on port ${port}.`,
    'Check the port, and that the gateway runs: npm start, or the containers of the deployment.',
  ],
  ETIMEDOUT: (port) => [
    `Port ${port} does not answer.`,
    'Check the port, and whether a firewall or a missing VPN is in between.',
  ],
  ECONNRESET: () => ['The connection was closed at once.', 'Check the port, and whether it speaks https or http.'],
  EPROTO: notTls,
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
  CERT_HAS_EXPIRED: () => ['The certificate has expired.', 'Whoever runs the gateway has to renew it.'],
  ERR_TLS_CERT_ALTNAME_INVALID: () => ['The certificate is for another name.', 'Use the name that it was issued for.'],
  DEPTH_ZERO_SELF_SIGNED_CERT: () => ['The certificate is signed by itself.', trust],
  SELF_SIGNED_CERT_IN_CHAIN: () => ['The certificate is signed by an authority that is not known here.', trust],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: () => ['The certificate is signed by an authority that is not known here.', trust],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: () => ['The certificate is signed by an authority that is not known here.', trust],
};

function notTls(port: number): [string, string] {
  return [`What listens on port ${port} does not speak TLS.`, 'Check the port, or use http:// for the local gateway.'];
}

function other(error: unknown, code: string): [string, string] {
  const message = error instanceof Error ? error.message : 'It failed.';
  return [`No connection (${code}): ${message}`, 'Check the address, the port and your network.'];
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no code';
}
