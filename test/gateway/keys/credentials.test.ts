import { describe, expect, it } from 'vitest';
import { type CredentialForm, CredentialIssue } from '../../../functions/core/accounts/credential-form.ts';
import { isObject, parseJson } from '../../../functions/core/json.ts';
import { type SecretReader, SecretUnavailable, type StoredSecret } from '../../../functions/core/ports.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { createCredentialSource } from '../../../functions/gateway/keys/credentials.ts';
import { own, platform } from '../../core/samples.ts';

const form: CredentialForm = {
  parse(input) {
    const value = parseJson(String(input));
    if (!isObject(value)) throw new CredentialIssue('credential', 'malformed');
    return { value, type: 'api_key', hint: '…', region: null };
  },
  region: (_parsed, field, otherwise) => ({ region: field ?? otherwise, source: 'default' }),
};

/** A store whose answers a test changes; it counts the reads. */
function stored(secrets: Record<string, { text: string; version: string } | 'down' | 'missing'>) {
  const reads: string[] = [];
  const read = async (name: string): Promise<StoredSecret> => {
    reads.push(name);
    const found = secrets[name] ?? 'missing';
    if (typeof found === 'string') throw new SecretUnavailable(found, found === 'missing');
    return { text: new Secret(found.text), version: found.version, createdAt: 0 };
  };
  const reader: SecretReader = {
    readTenant: (workspaceId, keyId, version) =>
      read(`${workspaceId}/${keyId.replace(/^pk_0*/, '')}/${version ?? 'current'}`),
    readPlatform: (name) => read(`platform/${name}`),
    operatorOf: async () => null,
  };
  return { secrets, reads, reader };
}

function source(store: ReturnType<typeof stored>, now = { ms: 0 }, ambient = false) {
  return createCredentialSource({
    secrets: store.reader,
    providers: { openai: { form, ambient: false }, bedrock: { form, ambient } },
    defaultRegion: 'eu-central-1',
    now: () => now.ms,
  });
}

const text = (apiKey: string) => JSON.stringify({ apiKey });

describe("a tenant's credential", () => {
  it('is read once per key and version, also by requests at the same moment', async () => {
    const store = stored({
      'ws_1/A/first': { text: text('one'), version: 'first' },
      'ws_1/A/second': { text: text('two'), version: 'second' },
    });
    const credentials = source(store);
    const [first] = await Promise.all([credentials.resolve(own('a'), 'ws_1'), credentials.resolve(own('a'), 'ws_1')]);
    expect(first?.credential.reveal()).toEqual({ apiKey: 'one' });
    const rotated = await credentials.resolve(own('a', { secretVersion: 'second', version: 2 }), 'ws_1');
    expect(rotated.credential.reveal()).toEqual({ apiKey: 'two' });
    expect(rotated.credentialKey).not.toBe(first?.credentialKey);
    expect(store.reads).toEqual(['ws_1/A/first', 'ws_1/A/second']);
  });

  it('that could not be read is asked for again next time', async () => {
    const store = stored({ 'ws_1/A/first': 'down' });
    const credentials = source(store);
    await expect(credentials.resolve(own('a'), 'ws_1')).rejects.toBeInstanceOf(SecretUnavailable);
    store.secrets['ws_1/A/first'] = { text: text('one'), version: 'first' };
    expect((await credentials.resolve(own('a'), 'ws_1')).credential.reveal()).toEqual({ apiKey: 'one' });
  });

  it('that is malformed is unavailable, and the error does not show it', async () => {
    const credentials = source(stored({ 'ws_1/A/first': { text: 'sk-FAKE-plain', version: 'first' } }));
    const error: unknown = await credentials.resolve(own('a'), 'ws_1').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SecretUnavailable);
    expect(String(error)).not.toContain('sk-FAKE');
  });

  it('is called in the region of the key, else in the default one', async () => {
    const store = stored({ 'ws_1/A/first': { text: text('one'), version: 'first' } });
    const credentials = source(store);
    expect((await credentials.resolve(own('a', { region: 'us-west-2' }), 'ws_1')).region).toBe('us-west-2');
    expect((await credentials.resolve(own('a'), 'ws_1')).region).toBe('eu-central-1');
  });

  it('that was refused is read anew; another version takes its place', async () => {
    const store = stored({
      'ws_1/A/first': { text: text('one'), version: 'first' },
      'ws_1/A/current': { text: text('one'), version: 'first' },
    });
    const credentials = source(store);
    const refused = await credentials.resolve(own('a'), 'ws_1');
    expect(await credentials.refresh(own('a'), 'ws_1', refused)).toBeNull();
    store.secrets['ws_1/A/current'] = { text: text('two'), version: 'second' };
    const fresh = await credentials.refresh(own('a'), 'ws_1', refused);
    expect(fresh?.credential.reveal()).toEqual({ apiKey: 'two' });
    expect(await credentials.resolve(own('a'), 'ws_1')).toBe(fresh);
    store.secrets['ws_1/A/current'] = 'down';
    expect(await credentials.refresh(own('a'), 'ws_1', refused)).toBeNull();
  });
});

describe("the platform's credential", () => {
  const now = { ms: 0 };

  it('is believed for a minute', async () => {
    now.ms = 0;
    const store = stored({ 'platform/openai': { text: text('one'), version: 'first' } });
    const credentials = source(store, now);
    await credentials.resolve(platform(), 'ws_1');
    now.ms = 59_999;
    await credentials.resolve(platform(), 'ws_2');
    expect(store.reads).toHaveLength(1);
    now.ms = 60_000;
    await credentials.resolve(platform(), 'ws_1');
    expect(store.reads).toHaveLength(2);
  });

  it('outlives a store that is down, for every request of that moment', async () => {
    now.ms = 0;
    const store = stored({ 'platform/openai': { text: text('one'), version: 'first' } });
    const credentials = source(store, now);
    const known = await credentials.resolve(platform(), 'ws_1');
    store.secrets['platform/openai'] = 'down';
    now.ms = 61_000;
    expect(
      await Promise.all([credentials.resolve(platform(), 'ws_1'), credentials.resolve(platform(), 'ws_2')]),
    ).toEqual([known, known]);
  });

  it('is gone when the operator removed it', async () => {
    now.ms = 0;
    const store = stored({ 'platform/openai': { text: text('one'), version: 'first' } });
    const credentials = source(store, now);
    await credentials.resolve(platform(), 'ws_1');
    store.secrets['platform/openai'] = 'missing';
    now.ms = 61_000;
    await expect(credentials.resolve(platform(), 'ws_1')).rejects.toMatchObject({ missing: true });
    await expect(credentials.resolve(platform(), 'ws_1')).rejects.toMatchObject({ missing: true });
  });

  it('may be the function’s own role where the provider knows one, but never when the secret is unreadable', async () => {
    const store = stored({});
    expect((await source(store, now, true).resolve(platform('bedrock'), 'ws_1')).credential.reveal()).toEqual({
      ambient: true,
    });
    await expect(source(store, now, false).resolve(platform('bedrock'), 'ws_1')).rejects.toBeInstanceOf(
      SecretUnavailable,
    );
    store.secrets['platform/bedrock'] = 'down';
    await expect(source(store, now, true).resolve(platform('bedrock'), 'ws_1')).rejects.toBeInstanceOf(
      SecretUnavailable,
    );
  });

  it('is replaced when another version is stored after it was refused', async () => {
    const store = stored({ 'platform/openai': { text: text('one'), version: 'first' } });
    const credentials = source(store, now);
    const refused = await credentials.resolve(platform(), 'ws_1');
    expect(await credentials.refresh(platform(), 'ws_1', refused)).toBeNull();
    store.secrets['platform/openai'] = { text: text('two'), version: 'second' };
    expect((await credentials.refresh(platform(), 'ws_1', refused))?.credential.reveal()).toEqual({ apiKey: 'two' });
    expect((await credentials.resolve(platform(), 'ws_1')).credential.reveal()).toEqual({ apiKey: 'two' });
  });
});
