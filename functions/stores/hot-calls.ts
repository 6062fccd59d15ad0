import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  type BatchGetItemCommandOutput,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { createSigner } from './signature.ts';

/**
 * The two DynamoDB calls that every request makes. Through the SDK each costs 0.5 to 0.7 CPU-ms, several times all the rest of
 * the gateway; spoken directly (JSON 1.0 protocol, one signature) a quarter of that. The SDK stays in charge: its first call
 * settles endpoint, region and credentials, and whatever is not answered with 200 is asked again through it, with its retries.
 */
export interface HotCalls {
  batchGetItem(input: BatchGetItemCommandInput): Promise<Pick<BatchGetItemCommandOutput, 'Responses' | 'UnprocessedKeys'>>;
  putItem(input: PutItemCommandInput): Promise<void>;
}

/** `timeoutMs`: how long a direct call may take before the SDK makes it instead. */
export function createHotCalls(client: DynamoDBClient, timeoutMs = 2000): HotCalls {
  const sign = createSigner('dynamodb');
  const agents = { 'http:': new HttpAgent({ keepAlive: true, maxSockets: 512 }), 'https:': new HttpsAgent({ keepAlive: true, maxSockets: 512 }) };
  let endpoint: { protocol: 'http:' | 'https:'; hostname: string; port?: number; host: string } | null = null;

  client.middlewareStack.add(
    (next) => (args) => {
      const { protocol, hostname, port } = args.request as { protocol: string; hostname: string; port?: number };
      if (protocol === 'http:' || protocol === 'https:') endpoint = { protocol, hostname, host: port ? `${hostname}:${port}` : hostname, ...(port && { port }) };
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'keywayEndpoint' },
  );

  /** The parsed answer, or null for anything but a plain success. */
  const post = async (operation: string, input: object): Promise<Record<string, unknown> | null> => {
    if (endpoint === null) return null;
    const [credentials, region] = await Promise.all([client.config.credentials(), client.config.region()]);
    const body = JSON.stringify(input);
    const amzDate = new Date().toISOString().replace(/[:-]|\.\d{3}/g, '');
    const headers: Record<string, string> = {
      'content-type': 'application/x-amz-json-1.0',
      host: endpoint.host,
      'x-amz-date': amzDate,
      ...(credentials.sessionToken !== undefined && { 'x-amz-security-token': credentials.sessionToken }),
      'x-amz-target': `DynamoDB_20120810.${operation}`,
    };
    const signed = ['authorization', sign(credentials, region, amzDate, headers, body), 'content-length', String(Buffer.byteLength(body))];
    for (const name in headers) signed.push(name, headers[name] ?? '');
    const { protocol, hostname, port } = endpoint;
    return new Promise((resolve) => {
      const give = (value: Record<string, unknown> | null) => {
        clearTimeout(timer);
        resolve(value);
      };
      // Headers as a flat list are written as they are; an object would first be copied into Node's own.
      const request = (protocol === 'https:' ? httpsRequest : httpRequest)({ hostname, port, method: 'POST', headers: signed, agent: agents[protocol] }, (answer) => {
        const pieces: Buffer[] = [];
        answer.on('data', (piece: Buffer) => pieces.push(piece));
        answer.on('error', () => give(null));
        answer.on('end', () => give(answer.statusCode === 200 ? parse(pieces) : null));
      });
      const timer = setTimeout(() => request.destroy(), timeoutMs);
      request.on('error', () => give(null));
      request.end(body);
    });
  };

  return {
    async batchGetItem(input) {
      return (await post('BatchGetItem', input)) ?? client.send(new BatchGetItemCommand(input));
    },
    async putItem(input) {
      if ((await post('PutItem', input)) === null) await client.send(new PutItemCommand(input));
    },
  };
}

function parse(pieces: Buffer[]): Record<string, unknown> | null {
  try {
    return JSON.parse((pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)).toString('utf8'));
  } catch {
    return null;
  }
}
