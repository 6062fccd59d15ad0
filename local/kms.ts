import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { isObject, type JsonObject, parseJson } from '../functions/core/json.ts';
import { type Listening, listen, readBody, refusePages } from './listening.ts';
import { ServiceError } from './service-error.ts';
import { StartProblem } from './start-problem.ts';

/** The one key of the local KMS. */
export const localKmsKey = 'arn:aws:kms:us-east-1:000000000000:key/6b657977-6179-4c6f-8363-616c6b657900';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

export interface LocalKmsOptions {
  /** Where the key is kept; null: in memory. */
  file: string | null;
  /** Actions by access key id; who is not listed may do all. */
  grants?: Record<string, string[]>;
}

/**
 * KMS on 127.0.0.1 for the AWS SDK's own client: the two operations that Keyway uses, in AWS JSON 1.1, with the errors of the API reference
 * (docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html, API_Decrypt.html). Data keys are really wrapped, by AES-256-GCM with
 * the encryption context as associated data, so that a blob that was changed or comes with another context is refused.
 */
export async function startKms({ file, grants = {} }: LocalKmsOptions): Promise<Listening> {
  const root = file === null ? randomBytes(32) : keptKey(file);
  const operations: Record<string, (input: JsonObject) => JsonObject> = {
    GenerateDataKey(input) {
      if (input.KeySpec !== 'AES_256') throw new ServiceError('ValidationException', 'KeySpec must be AES_256.');
      const key = randomBytes(32);
      return {
        KeyId: localKmsKey,
        Plaintext: key.toString('base64'),
        CiphertextBlob: wrap(root, key, contextOf(input)).toString('base64'),
      };
    },
    Decrypt(input) {
      const blob = Buffer.from(String(input.CiphertextBlob), 'base64');
      const key = unwrap(root, blob, contextOf(input));
      if (key === null) throw new ServiceError('InvalidCiphertextException', '');
      return { KeyId: localKmsKey, Plaintext: key.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
    },
  };
  const perform = (target: string, caller: string, body: string): JsonObject => {
    const name = /^TrentService\.(\w+)$/.exec(target)?.[1] ?? '';
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (!operation)
      throw new ServiceError('UnknownOperationException', `Keyway's local KMS has no operation ${target}.`);
    if (grants[caller]?.includes(name) === false)
      throw new ServiceError('AccessDeniedException', `${caller} is not authorized to perform kms:${name}.`);
    const input = parseJson(body);
    if (!isObject(input)) throw new ServiceError('SerializationException', 'The body is no JSON object.');
    if (input.KeyId !== localKmsKey) throw new ServiceError('NotFoundException', `Key '${input.KeyId}' does not exist`);
    return operation(input);
  };
  const server = createServer(async (request, response) => {
    try {
      const body = await readBody(request);
      // AWS4-HMAC-SHA256 Credential=<access key id>/…; signatures are not checked.
      const caller = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
      send(response, 200, perform(String(request.headers['x-amz-target']), caller, body?.toString() ?? ''));
    } catch (error) {
      const known = error instanceof ServiceError ? error : new ServiceError('KMSInternalException', '', 500);
      send(response, known.status, { __type: known.type, message: known.message }, { 'x-amzn-errortype': known.type });
    }
  });
  return listen(refusePages(server));
}

/** As in KMS, the order of the pairs does not matter. */
function contextOf({ EncryptionContext: context = {} }: JsonObject): Buffer {
  const pairs = isObject(context) ? Object.entries(context) : [];
  return Buffer.from(JSON.stringify(pairs.sort(([a], [b]) => (a < b ? -1 : 1))));
}

function wrap(root: Buffer, key: Buffer, context: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, root, nonce, { authTagLength: tagBytes });
  cipher.setAAD(context);
  return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
}

function unwrap(root: Buffer, blob: Buffer, context: Buffer): Buffer | null {
  if (blob.length < nonceBytes + tagBytes) return null;
  try {
    const decipher = createDecipheriv(algorithm, root, blob.subarray(0, nonceBytes), { authTagLength: tagBytes });
    decipher.setAAD(context);
    decipher.setAuthTag(blob.subarray(-tagBytes));
    return Buffer.concat([decipher.update(blob.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  } catch {
    return null;
  }
}

/** In a file that only its owner can read, beside the secrets that it wraps the keys of. */
function keptKey(file: string): Buffer {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600, flush: true });
  }
  const key = Buffer.from(readFileSync(file, 'utf8'), 'base64');
  if (key.length !== 32) throw new StartProblem(`${file} is damaged: it holds no key of 32 bytes.`);
  return key;
}

function send(response: ServerResponse, status: number, body: JsonObject, headers: Record<string, string> = {}): void {
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'x-amzn-requestid': randomUUID(),
    ...headers,
  });
  response.end(JSON.stringify(body));
}
