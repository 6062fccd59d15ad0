import { randomUUID } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import { isObject, type JsonObject, parseJson } from '../functions/core/json.ts';
import { type Listening, listen, readBody, refusePages } from './listening.ts';
import { openSecretBook, type SecretBook } from './secret-book.ts';
import { operations } from './secret-operations.ts';
import { ServiceError } from './service-error.ts';

/**
 * Secrets Manager on 127.0.0.1 for the AWS SDK's own client: AWS JSON 1.1 (smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html).
 * Signatures are not checked: whoever can reach the port, web pages apart, is the owner of this machine's session.
 * `file`: where secrets are kept, null for memory only. Throws when the file is damaged.
 */
export async function startSecretsManager(options: { file: string | null }): Promise<Listening> {
  const book = openSecretBook(options.file);
  const server = createServer(async (request, response) => {
    try {
      const body = await readBody(request);
      send(response, 200, perform(book, String(request.headers['x-amz-target']), body?.toString() ?? ''));
    } catch (error) {
      // The message of an unforeseen error may hold a value.
      const known =
        error instanceof ServiceError
          ? error
          : new ServiceError('InternalServiceError', 'An error occurred on the server side.', 500);
      send(response, known.status, { __type: known.type, Message: known.message }, { 'x-amzn-errortype': known.type });
    }
  });
  return listen(refusePages(server));
}

function perform(book: SecretBook, target: string, body: string): JsonObject {
  const name = /^secretsmanager\.(\w+)$/.exec(target)?.[1] ?? '';
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (!operation)
    throw new ServiceError('UnknownOperationException', `Keyway's local Secrets Manager has no operation ${target}.`);
  const input = parseJson(body);
  if (!isObject(input)) throw new ServiceError('SerializationException', 'The body is no JSON object.');
  return operation(book, input);
}

function send(response: ServerResponse, status: number, body: JsonObject, headers: Record<string, string> = {}): void {
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'x-amzn-requestid': randomUUID(),
    ...headers,
  });
  response.end(JSON.stringify(body));
}
