import { statSync } from 'node:fs';
import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Listening, listen, readBody } from '../../local/listening.ts';
import { startSecretsManager } from '../../local/secrets-manager.ts';
import { aws } from '../embedded-gateway.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../export/otlp-receiver.ts';
import { aChange, aRecord } from '../export/samples.ts';
import { type Bundle, bundleFunction } from './bundle-function.ts';
import { readText, startLambda } from './runtime-api.ts';

let receiver: OtlpReceiver;
let secrets: Listening;
let s3: Listening;
const objects: string[] = [];
const bundles = {} as Record<'telemetry-exporter' | 'archive-exporter', Bundle>;

beforeAll(async () => {
  for (const entry of ['telemetry-exporter', 'archive-exporter'] as const)
    bundles[entry] = bundleFunction(`functions/${entry}.ts`);
  receiver = await startOtlpReceiver();
  secrets = await startSecretsManager({ file: null });
  s3 = await listen(
    createServer(async (request, response) => {
      objects.push(gunzipSync((await readBody(request)) ?? Buffer.alloc(0)).toString());
      response.end();
    }),
  );
});
afterAll(async () => {
  for (const bundle of Object.values(bundles)) bundle.remove();
  for (const server of [receiver, secrets, s3]) await server.close();
});

async function run(entry: keyof typeof bundles, settings: Record<string, string>) {
  const { file } = bundles[entry];
  const lambda = await startLambda(file, {
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
    ...settings,
  });
  const { chunks } = await lambda.invoke({ Records: [aChange(aRecord())] });
  const answer = JSON.parse(await readText(chunks));
  await lambda.stop();
  return { answer, output: lambda.output(), bytes: statSync(file).size };
}

describe('the exporters as CDK bundles them', () => {
  it('send spans and metrics to a collector', async () => {
    const { answer, output, bytes } = await run('telemetry-exporter', {
      KEYWAY_OTLP_ENDPOINT: receiver.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    });
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(receiver.spans).toHaveLength(2);
    expect(receiver.points.length).toBeGreaterThan(0);
    expect(output).toBe('');
    expect(bytes).toBeLessThan(500_000);
  });

  it('write objects to a bucket', async () => {
    const { answer, output, bytes } = await run('archive-exporter', {
      KEYWAY_EXPORT_BUCKET: 'bucket',
      AWS_ENDPOINT_URL_S3: s3.url,
    });
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(objects.map((text) => JSON.parse(text))).toEqual([aRecord()]);
    expect(output).toBe('');
    expect(bytes).toBeLessThan(600_000);
  });
});
