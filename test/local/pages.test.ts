import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { startDynamoDb } from '../../local/dynamodb.ts';
import type { Listening } from '../../local/listening.ts';
import { startSecretsManager } from '../../local/secrets-manager.ts';

interface Answer {
  status: number;
  headers: object;
}

/** `fetch` does not let its caller set Host. */
function ask(url: string, method: string, headers: Record<string, string>, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const signed =
  'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0';
const services: { name: string; start: () => Promise<Listening>; headers: Record<string, string> }[] = [
  {
    name: 'DynamoDB',
    start: () => startDynamoDb({ folder: null }),
    headers: {
      'x-amz-target': 'DynamoDB_20120810.ListTables',
      'content-type': 'application/x-amz-json-1.0',
      authorization: signed,
      'x-amz-date': '20260101T000000Z',
    },
  },
  {
    name: 'Secrets Manager',
    start: () => startSecretsManager({ file: null }),
    headers: { 'x-amz-target': 'secretsmanager.ListSecrets', 'content-type': 'application/x-amz-json-1.1' },
  },
];

describe.each(services)('the local $name', ({ start, headers }) => {
  it('answers programs of this machine, and no web page', async () => {
    const server = await start();
    const { port } = new URL(server.url);
    try {
      expect((await ask(server.url, 'POST', headers, '{}')).status).toBe(200);
      expect((await ask(server.url, 'POST', { ...headers, host: `localhost:${port}` }, '{}')).status).toBe(200);
      const pages = [
        await ask(server.url, 'POST', { ...headers, origin: 'https://example.com' }, '{}'),
        await ask(
          server.url,
          'OPTIONS',
          { origin: 'https://example.com', 'access-control-request-method': 'POST' },
          '',
        ),
        // A name that was made to lead here.
        await ask(server.url, 'POST', { ...headers, host: `example.com:${port}` }, '{}'),
        await ask(server.url, 'POST', { ...headers, host: `127.0.0.1.example.com:${port}` }, '{}'),
      ];
      for (const page of pages) {
        expect(page.status).toBe(403);
        expect(page.headers).not.toHaveProperty('access-control-allow-origin');
      }
    } finally {
      await server.close();
    }
  });
});
