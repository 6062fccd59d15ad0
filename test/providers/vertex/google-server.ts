import { createVerify, generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../../../functions/core/json.ts';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** A service account that never existed. */
export const serviceAccount = {
  type: 'service_account',
  project_id: 'test-project',
  private_key_id: 'abc123',
  private_key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  client_email: 'tester@test-project.iam.gserviceaccount.com',
};

export interface Received {
  url: string;
  authorization: string | undefined;
  /** The header `anthropic-beta`. */
  beta: string | undefined;
  body: JsonObject;
  /** Resolves when the caller has closed the connection. */
  closed: Promise<void>;
}

export type Script = (request: Received, response: ServerResponse) => void;

/** Vertex AI and Google's token endpoint on one port: records calls and answers what the test says. */
export interface GoogleServer {
  url: string;
  tokenUrl: string;
  calls: Received[];
  /** Claims of the signed assertions that were exchanged. */
  assertions: JsonObject[];
  /** What the next calls get, in order; the last one stays. */
  script(...replies: Script[]): void;
  /** Instead of a token. */
  scriptToken(reply: Script | null): void;
  close(): Promise<void>;
}

export async function startGoogle(): Promise<GoogleServer> {
  let replies: Script[] = [];
  let tokenReply: Script | null = null;
  const calls: Received[] = [];
  const assertions: JsonObject[] = [];

  const server = createServer((request, response) => {
    read(request).then((text) => {
      const closed = new Promise<void>((resolve) => response.once('close', resolve));
      const { authorization, 'anthropic-beta': betas } = request.headers;
      const received = { url: request.url ?? '', authorization, beta: betas?.toString(), closed };
      if (request.url === '/token') {
        if (request.headers['content-type'] !== 'application/x-www-form-urlencoded')
          return json({ error: 'invalid_request' }, 400)({ ...received, body: {} }, response);
        assertions.push(verify(new URLSearchParams(text).get('assertion') ?? ''));
        const script =
          tokenReply ?? json({ access_token: `token-${assertions.length}`, expires_in: 3599, token_type: 'Bearer' });
        script({ ...received, body: {} }, response);
        return;
      }
      const call = { ...received, body: JSON.parse(text) };
      calls.push(call);
      const script = replies.length > 1 ? replies.shift() : replies[0];
      (script ?? json({}, 500))(call, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    tokenUrl: `${url}/token`,
    calls,
    assertions,
    script: (...next) => {
      replies = next;
    },
    scriptToken: (reply) => {
      tokenReply = reply;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function verify(assertion: string): JsonObject {
  const [head = '', claims = '', signature = ''] = assertion.split('.');
  if (!createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(pair.publicKey, signature, 'base64url'))
    throw new Error('The assertion is not signed with the key.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString());
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Script {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

/** A stream of events with CRLF, as Google sends them. */
export function events(payloads: unknown[], end: 'end' | 'reset' | 'hang' = 'end'): Script {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const text = payloads.map((payload) => `data: ${JSON.stringify(payload)}\r\n\r\n`).join('');
    if (end === 'end') response.end(text);
    else response.write(text, () => end === 'reset' && response.destroy());
  };
}
