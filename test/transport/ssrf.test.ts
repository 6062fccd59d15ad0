import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readAllowedHosts } from '../../functions/transport/allowed-hosts.ts';
import {
  AddressRefused,
  checkedAddress,
  checkLiteral,
  createCheckedAgents,
  portOf,
  readPlainUrl,
} from '../../functions/transport/checked-address.ts';
import { readText, send } from '../../functions/transport/http-client.ts';
import { isPrivateAddress, isPublicAddress } from '../../functions/transport/public-address.ts';
import { type Listening, listen } from '../../local/listening.ts';

const signal = new AbortController().signal;
const nothing = readAllowedHosts('');

describe('an address that a tenant stored', () => {
  it.each([
    'http://2130706433/v1',
    'http://0x7f000001/v1',
    'http://0x7f.1/v1',
    'http://0177.0.0.1/v1',
    'http://017700000001/v1',
    'http://127.1/v1',
    'http://127.0.0.01/v1',
    'http://0/v1',
    'http://[0:0:0:0:0:ffff:7f00:1]/v1',
    'http://[::ffff:127.0.0.1]/v1',
    'http://[::127.0.0.1]/v1',
    'http://[0::1]/v1',
    'http://127.0.0.1./v1',
    'http://listed.example./v1',
    'http://%31%32%37.0.0.1/v1',
    'http://１２７.0.0.1/v1',
    'http://user@listed.example/v1',
    'http://user:secret@listed.example/v1',
    'http://listed.example@127.0.0.1/v1',
    'http://@listed.example/v1',
    'http://listed.example\\@127.0.0.1/v1',
    'http:\\\\listed.example/v1',
    'http:listed.example/v1',
    'http:///listed.example/v1',
    'http://listed.example:/v1?query',
    'http://listed.example/v1#fragment',
    'http://listed.example:99999/v1',
    'http://listed.exam\nple/v1',
    'http://listed.example/v1\r\nhost: other',
    ' http://listed.example/v1',
    'ftp://listed.example/v1',
    'file:///etc/passwd',
    'gopher://listed.example/v1',
    'listed.example',
    '',
  ])('is refused when it is not plainly what it says: %j', (text) => {
    expect(readPlainUrl(text, ['http:', 'https:'])).toBeNull();
  });

  it.each([
    ['https://listed.example/v1', 'listed.example', 443],
    ['http://Listed.Example:8000/v1', 'listed.example', 8000],
    ['http://127.0.0.1:11434', '127.0.0.1', 11434],
    ['http://[::1]:11434/v1', '[::1]', 11434],
    ['http://listed.example', 'listed.example', 80],
  ])('is read when it is: %s', (text, host, port) => {
    const url = readPlainUrl(text, ['http:', 'https:']);
    expect([url?.hostname, url && portOf(url)]).toEqual([host, port]);
  });

  it('is refused over http when https alone is taken', () => {
    expect(readPlainUrl('http://listed.example/v1', ['https:'])).toBeNull();
  });
});

describe("the operator's list", () => {
  const list = readAllowedHosts(
    'vllm.internal, *.models.example ,10.1.0.0/16,192.168.7.7,[fd12::1]:8000,ssh.example:22,one.example:8443',
  );

  it.each([
    ['vllm.internal', 443, true],
    ['vllm.internal', 8000, true],
    ['vllm.internal', 22, false],
    ['vllm.internal', 25, false],
    ['ssh.example', 22, true],
    ['ssh.example', 443, false],
    ['one.example', 8443, true],
    ['one.example', 443, false],
    ['evil-vllm.internal', 443, false],
    ['vllm.internal.evil.example', 443, false],
    ['a.models.example', 443, true],
    ['a.b.models.example', 443, true],
    ['models.example', 443, false],
    ['.models.example', 443, false],
    ['evilmodels.example', 443, false],
    ['10.1.2.3', 443, true],
    ['10.2.0.1', 443, false],
    ['192.168.7.7', 443, true],
    ['192.168.7.8', 443, false],
    ['[fd12::1]', 8000, true],
    ['[fd12::1]', 443, false],
    ['[::ffff:a01:203]', 443, false],
  ])('says of %s at port %d: %s', (host, port, allowed) => {
    expect(list.allows(host, port)).toBe(allowed);
  });

  it('is empty when nothing is listed', () => {
    expect([nothing.empty, nothing.allows('vllm.internal', 443), list.empty]).toEqual([true, false, false]);
  });

  it.each([
    '*',
    '*.',
    '**.example',
    'a.*.example',
    'https://a.example',
    'a.example/v1',
    '10.0.0.0/0',
    '10.0.0.0/33',
    '0.0.0.0/0',
    '-',
    'a..b',
  ])('cannot hold %s', (entry) => {
    expect(() => readAllowedHosts(entry)).toThrow(entry);
  });
});

const notPublic = [
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '127.0.0.1',
  '169.254.169.254',
  '168.63.129.16',
  '172.16.0.1',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '64:ff9b::7f00:1',
  '64:ff9b:1::a00:1',
  '2002:7f00:1::',
  '2001:0:7f00:1::',
  'fe80::1',
  'fec0::1',
  'fd00:ec2::254',
  'fc00::1',
  'ff02::1',
  'not an address',
];

describe('the address of a host', () => {
  it.each(notPublic)('is refused when it is %s and nothing is listed', (address) => {
    expect(isPublicAddress(address)).toBe(false);
    expect(checkedAddress(address, 'some.example', null)).toBe(false);
    expect(checkedAddress(address, 'some.example', nothing)).toBe(false);
    expect(checkedAddress(address, 'a.listed.example', readAllowedHosts('*.listed.example'))).toBe(false);
  });

  it.each(['93.184.216.34', '8.8.8.8', '2606:4700::1111'])('passes when it is public: %s', (address) => {
    expect(checkedAddress(address, 'some.example', null)).toBe(true);
  });

  it.each(['10.0.0.1', '100.64.0.1', '127.0.0.1', '172.16.0.1', '192.168.1.1', '::1', 'fc00::1', 'fd12::1'])(
    'may be the private one %s of a host that the operator named',
    (address) => {
      expect(checkedAddress(address, 'vllm.internal', readAllowedHosts('vllm.internal'))).toBe(true);
      expect(checkedAddress(address, 'other.internal', readAllowedHosts('vllm.internal'))).toBe(false);
    },
  );

  it.each([
    '169.254.169.254',
    'fd00:ec2::254',
    '100.100.100.200',
    'fe80::1',
    '224.0.0.1',
    '0.0.0.0',
    '::',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '::10.0.0.1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
  ])('is refused when it is %s, even for a host that the operator named', (address) => {
    expect(isPrivateAddress(address)).toBe(false);
    expect(checkedAddress(address, 'vllm.internal', readAllowedHosts('vllm.internal,10.0.0.0/8'))).toBe(false);
  });

  it('passes below a suffix when its network is listed', () => {
    const list = readAllowedHosts('*.models.example,10.1.0.0/16');
    expect(checkedAddress('10.1.2.3', 'a.models.example', list)).toBe(true);
    expect(checkedAddress('10.2.2.3', 'a.models.example', list)).toBe(false);
  });

  it('is checked where the host is an address itself', () => {
    for (const host of ['127.0.0.1', '[::1]', '169.254.169.254', '[::ffff:7f00:1]', '[fd00:ec2::254]'])
      expect(() => checkLiteral(new URL(`http://${host}/`), nothing), host).toThrow(AddressRefused);
    expect(() => checkLiteral(new URL('http://127.0.0.1/'), readAllowedHosts('127.0.0.1'))).not.toThrow();
    expect(() => checkLiteral(new URL('http://some.example/'), null)).not.toThrow();
  });
});

describe('a connection to a host that a tenant chose', () => {
  let server: Listening;
  let hits: string[] = [];
  beforeAll(async () => {
    server = await listen(
      createServer((request, response) => {
        hits.push(request.url ?? '');
        if (request.url === '/moved') response.writeHead(307, { location: `${server.url}/inside` }).end();
        else response.end('inside');
      }),
    );
  });
  beforeEach(() => {
    hits = [];
  });
  afterAll(() => server.close());

  const call = (path: string, list: string | null, addresses: string[][]) => {
    const asked = [...addresses];
    const agents = createCheckedAgents(list === null ? null : readAllowedHosts(list), async () => asked.shift() ?? []);
    const url = new URL(`http://name.example:${new URL(server.url).port}${path}`);
    return { agents, url, get: () => send(url, 'GET', {}, null, signal, agents(url)) };
  };

  it('is made when the operator named the host', async () => {
    const answer = await call('/', 'name.example', [['127.0.0.1']]).get();
    expect([answer.status, await readText(answer.body, 100)]).toEqual([200, 'inside']);
  });

  it.each([
    ['no list', null],
    ['a list without it', 'other.example'],
    ['a suffix', '*.example'],
  ])('is not made to a private address with %s', async (_what, list) => {
    await expect(call('/', list, [['127.0.0.1']]).get()).rejects.toThrow(AddressRefused);
    expect(hits).toEqual([]);
  });

  it('is not made when one of several addresses is private', async () => {
    await expect(call('/', '*.example', [['93.184.216.34', '127.0.0.1']]).get()).rejects.toThrow(AddressRefused);
    await expect(call('/', 'name.example', [['127.0.0.1', '169.254.169.254']]).get()).rejects.toThrow(AddressRefused);
    expect(hits).toEqual([]);
  });

  it('goes to what was checked: a name that changes its meaning is asked for once, and again for the next connection', async () => {
    const { get } = call('/', '*.example,127.0.0.0/8', [['127.0.0.1'], ['169.254.169.254'], ['127.0.0.1']]);
    const first = await get();
    first.body.destroy();
    await expect(get()).rejects.toThrow(AddressRefused);
    expect(hits).toEqual(['/']);
  });

  it('uses no connection again that another one of the same address opened unchecked', async () => {
    const { url, agents } = call('/', null, []);
    const unchecked = await send(url, 'GET', {}, null, signal, undefined, (_host, options, answer) =>
      options.all ? answer(null, [{ address: '127.0.0.1', family: 4 }]) : answer(null, '127.0.0.1', 4),
    );
    await readText(unchecked.body, 100);
    await expect(send(url, 'GET', {}, null, signal, agents(url))).rejects.toThrow();
    expect(hits).toEqual(['/']);
  });

  it('is not followed to where a redirect leads', async () => {
    const answer = await call('/moved', 'name.example', [['127.0.0.1']]).get();
    expect(answer.status).toBe(307);
    answer.body.destroy();
    expect(hits).toEqual(['/moved']);
  });

  it('says that a host was not found when there is none', async () => {
    await expect(call('/', 'name.example', []).get()).rejects.toThrow('The host was not found.');
  });
});
