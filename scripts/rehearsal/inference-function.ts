import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LambdaProcess, readFraming, readText, startLambda } from '../../test/lib/runtime-api.ts';
import type { Emulator } from './emulator.ts';

/**
 * The inference function as it was deployed: its bundle from the cloud assembly, with the environment that the emulator holds for it, in the
 * runtime of the tests. The emulator itself cannot run it: its Node has no `awslambda.streamifyResponse`.
 */
export async function startInference(emulator: Emulator, assembly: string): Promise<LambdaProcess> {
  const listed = await fetch(`${emulator.url}/2015-03-31/functions/?MaxItems=100`);
  const { Functions } = (await listed.json()) as {
    Functions: { FunctionName: string; Environment?: { Variables: Record<string, string> } }[];
  };
  const deployed = Functions.find(({ FunctionName }) => /-inferenceFunction/.test(FunctionName));
  if (!deployed) throw new Error('The inference function is not deployed.');
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL } = emulator.environment;
  return startLambda(join(assembly, bundleFolder(assembly), 'index.js'), {
    ...deployed.Environment?.Variables,
    ...({ AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL } as Record<string, string>),
  });
}

function bundleFolder(assembly: string): string {
  for (const name of readdirSync(assembly).filter((each) => each.endsWith('.assets.json'))) {
    const { files } = JSON.parse(readFileSync(join(assembly, name), 'utf8')) as {
      files: Record<string, { displayName?: string; source: { path: string } }>;
    };
    const found = Object.values(files).find(({ displayName }) => displayName?.startsWith('inference/'));
    if (found) return found.source.path;
  }
  throw new Error('The assembly holds no bundle of the inference function.');
}

/** One chat completion, as API Gateway would ask for it. Throws unless the answer is 200; returns its whole body. */
export async function complete(inference: LambdaProcess, key: string, question: object): Promise<string> {
  const path = '/v1/chat/completions';
  const { chunks } = await inference.invoke({
    resource: path,
    path,
    httpMethod: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    queryStringParameters: null,
    requestContext: { requestId: '11111111-1111-4111-8111-111111111111', identity: { sourceIp: '127.0.0.1' } },
    body: JSON.stringify(question),
    isBase64Encoded: false,
  });
  const { prelude, body } = await readFraming(chunks);
  const text = await readText(body);
  if (prelude.statusCode !== 200) throw new Error(`The answer is ${prelude.statusCode}: ${text.slice(0, 500)}`);
  return text;
}
