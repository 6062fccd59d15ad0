import { Readable } from 'node:stream';
import type { BedrockRuntimeClient, GetAsyncInvokeCommand } from '@aws-sdk/client-bedrock-runtime';
import { isObject, parseJson } from '../../../core/json.ts';

/**
 * GetInferenceProfile (docs.aws.amazon.com/bedrock/latest/APIReference/API_GetInferenceProfile.html) is an operation of another
 * client, of the same protocol, signed for the same service. A whole second SDK would be loaded for this one GET, so a GET that
 * the client at hand knows is sent to the other path. `client` calls bedrock.<region>, not bedrock-runtime.<region>.
 */
export async function readInferenceProfile(
  client: BedrockRuntimeClient,
  Command: typeof GetAsyncInvokeCommand,
  arn: string,
  abortSignal: AbortSignal,
): Promise<unknown> {
  const command = new Command({ invocationArn: arn });
  let answer: unknown = null;
  // Before the request is signed.
  command.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { path: string };
      request.path = request.path.replace('/async-invoke/', '/inference-profiles/');
      return next(args);
    },
    { step: 'build' },
  );
  // Before the SDK reads an answer of the other operation.
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { statusCode: number; body: Readable };
      if (response.statusCode !== 200) return result;
      const text = await textOf(response.body);
      answer = parseJson(text);
      return { ...result, response: Object.assign(response, { body: Readable.from([Buffer.from('{}')]) }) };
    },
    { step: 'deserialize', priority: 'low' },
  );
  await client.send(command, { abortSignal });
  return answer;
}

/** Profiles are some hundred bytes. */
const mostBytes = 1024 * 1024;

async function textOf(body: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += (piece as Buffer).length;
    if (bytes > mostBytes) throw new Error('An inference profile is not as large as this.');
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces).toString();
}

/** The model that a profile leads to: the same one in all its regions. Null: the answer tells none, or several. */
export function modelOfProfile(profile: unknown): string | null {
  const models: unknown[] = isObject(profile) && Array.isArray(profile.models) ? profile.models : [];
  const ids = new Set(
    models.map((model) =>
      isObject(model) ? /^arn:[^/]+:foundation-model\/([\w.:-]+)$/.exec(String(model.modelArn))?.[1] : undefined,
    ),
  );
  const [id, ...others] = ids;
  return others.length === 0 ? (id ?? null) : null;
}
