import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterEach, describe, expect, it } from 'vitest';
import { localKmsKey, startKms } from '../../local/kms.ts';
import type { Listening } from '../../local/listening.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyway-kms-'));
const opened: Listening[] = [];
afterEach(async () => {
  for (const listening of opened.splice(0)) await listening.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Parameters<typeof startKms>[0] = { file: null }, accessKeyId = 'local') {
  const listening = await startKms(options);
  opened.push(listening);
  const credentials = { accessKeyId, secretAccessKey: 'local' };
  return new KMSClient({ endpoint: listening.url, region: 'us-east-1', credentials, maxAttempts: 1 });
}

const context = { purpose: 'test', workspace: 'ws_1' };
const generate = (kms: KMSClient) =>
  kms.send(new GenerateDataKeyCommand({ KeyId: localKmsKey, KeySpec: 'AES_256', EncryptionContext: context }));
const decrypt = (kms: KMSClient, CiphertextBlob: Uint8Array | undefined, EncryptionContext = context) =>
  kms.send(new DecryptCommand({ KeyId: localKmsKey, CiphertextBlob, EncryptionContext }));

describe('the local KMS', () => {
  it('gives a data key, and the same again for what it wrapped, whatever the order of the context', async () => {
    const kms = await start();
    const { Plaintext, CiphertextBlob, KeyId } = await generate(kms);
    expect([Plaintext?.length, KeyId]).toEqual([32, localKmsKey]);
    expect(Buffer.from(CiphertextBlob ?? []).includes(Buffer.from(Plaintext ?? []))).toBe(false);
    const { workspace, purpose } = context;
    expect((await decrypt(kms, CiphertextBlob, { workspace, purpose })).Plaintext).toEqual(Plaintext);
  });

  it('refuses what was changed, cut, wrapped by another key, or comes with another context', async () => {
    const [kms, other] = [await start(), await start()];
    const { CiphertextBlob: blob = new Uint8Array() } = await generate(kms);
    const changed = Uint8Array.from(blob, (byte, i) => (i === 20 ? byte ^ 1 : byte));
    const refused = { name: 'InvalidCiphertextException' };
    for (const wrong of [changed, blob.slice(0, -1), blob.slice(0, 5)])
      await expect(decrypt(kms, wrong)).rejects.toMatchObject(refused);
    await expect(decrypt(other, blob)).rejects.toMatchObject(refused);
    for (const wrong of [{ ...context, workspace: 'ws_2' }, { ...context, more: 'x' }, {} as typeof context])
      await expect(decrypt(kms, blob, wrong)).rejects.toMatchObject(refused);
  });

  it('knows one key, and does for each caller what it was granted', async () => {
    const writer = await start({ file: null, grants: { AKIDWRITER: ['GenerateDataKey'] } }, 'AKIDWRITER');
    const { CiphertextBlob } = await generate(writer);
    await expect(decrypt(writer, CiphertextBlob)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const stranger = new GenerateDataKeyCommand({ KeyId: 'alias/other', KeySpec: 'AES_256' });
    await expect(writer.send(stranger)).rejects.toMatchObject({ name: 'NotFoundException' });
  });

  it('keeps its key in a file for its owner alone, and does not start with a damaged one', async () => {
    const file = join(folder, 'data', 'kms-key');
    const { Plaintext, CiphertextBlob } = await generate(await start({ file }));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await decrypt(await start({ file }), CiphertextBlob)).Plaintext).toEqual(Plaintext);
    writeFileSync(file, 'too short');
    await expect(startKms({ file })).rejects.toThrow('is damaged');
  });

  it('answers no page of a browser, and no operation that it does not have', async () => {
    await start();
    const url = opened[0]?.url ?? '';
    expect((await fetch(url, { method: 'POST', headers: { origin: 'https://evil.example' } })).status).toBe(403);
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'x-amz-target': 'TrentService.CreateKey' },
      body: '{}',
    });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({ __type: 'UnknownOperationException' }),
    ]);
  });
});
