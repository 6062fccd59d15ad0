import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  type BatchGetItemCommandOutput,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { createDirectPost, type Endpoint } from './direct-post.ts';
import { createSigner } from './signature.ts';

/**
 * The two DynamoDB calls that every request makes. Through the SDK each costs 0.5 to 0.7 CPU-ms, several times all the rest of
 * the gateway; spoken directly (JSON 1.0 protocol, one signature) a fifth of that. The SDK stays in charge: its first call
 * settles endpoint, region and credentials, and whatever is not answered with 200 is asked again through it, with its retries.
 */
export interface HotCalls {
  batchGetItem(
    input: BatchGetItemCommandInput,
  ): Promise<Pick<BatchGetItemCommandOutput, 'Responses' | 'UnprocessedKeys'>>;
  putItem(input: PutItemCommandInput): Promise<void>;
}

/** `timeoutMs`: how long a direct call may take before the SDK makes it instead. */
export function createHotCalls(client: DynamoDBClient, timeoutMs = 2000): HotCalls {
  const sign = createSigner('dynamodb');
  let direct: { host: string; post: ReturnType<typeof createDirectPost> } | null = null;

  client.middlewareStack.add(
    (next) => (args) => {
      const { protocol, hostname, port } = args.request as Endpoint;
      const host = port ? `${hostname}:${port}` : hostname;
      if (direct?.host !== host) direct = { host, post: createDirectPost({ protocol, hostname, port }, timeoutMs) };
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'keywayEndpoint' },
  );

  /** The parsed answer, or null for anything but a plain success. */
  const call = async (operation: string, input: object): Promise<Record<string, unknown> | null> => {
    if (direct === null) return null;
    const { host, post } = direct;
    const [credentials, region] = await Promise.all([client.config.credentials(), client.config.region()]);
    const body = JSON.stringify(input);
    const amzDate = new Date().toISOString().replace(/[:-]|\.\d{3}/g, '');
    const headers: Record<string, string> = {
      'content-type': 'application/x-amz-json-1.0',
      host,
      'x-amz-date': amzDate,
      ...(credentials.sessionToken !== undefined && { 'x-amz-security-token': credentials.sessionToken }),
      'x-amz-target': `DynamoDB_20120810.${operation}`,
    };
    headers.authorization = sign(credentials, region, amzDate, headers, body);
    const answer = await post(headers, body);
    return answer === null ? null : parse(answer);
  };

  return {
    async batchGetItem(input) {
      return (await call('BatchGetItem', input)) ?? client.send(new BatchGetItemCommand(input));
    },
    async putItem(input) {
      if ((await call('PutItem', input)) === null) await client.send(new PutItemCommand(input));
    },
  };
}

function parse(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
