import { PutObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** Objects in a bucket, their names under a prefix. A name that is taken is replaced. Rejects with the SDK's error. */
export function createArchiveBucket(
  bucket: string,
  prefix: string,
  where: Pick<S3ClientConfig, 'endpoint' | 'region' | 'credentials' | 'forcePathStyle'> = {},
): (key: string, body: Uint8Array) => Promise<void> {
  const client = new S3Client({
    ...where,
    maxAttempts: 3,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 2000,
      requestTimeout: 20_000,
      throwOnRequestTimeout: true,
    }),
  });
  return async (key, body) => {
    await client.send(
      new PutObjectCommand({ Bucket: bucket, Key: `${prefix}${key}`, Body: body, ContentType: 'application/gzip' }),
    );
  };
}
