import { describe, expect, it } from 'vitest';
import type { Block, ChatRequest } from '../../../functions/core/chat/conversation.ts';
import { remoteImages } from '../../../functions/dialects/converse/content-blocks.ts';
import { writeRequest } from '../../../functions/dialects/converse/write-request.ts';
import { chatRequest } from '../chat-request.ts';
import { assistant, pixel, system, tool, toolLoop, user, weather } from './turns.ts';

const claude = 'us.anthropic.claude-sonnet-4-20250514-v1:0';
const nova = 'amazon.nova-lite-v1:0';
const write = (changes: Partial<ChatRequest>, model = claude) =>
  writeRequest(chatRequest(changes), { model, images: new Map() });
const messages = (changes: Partial<ChatRequest>, model = claude) => write(changes, model).body.messages;

describe('turns for Converse', () => {
  it('hoist system texts, whole or in parts', () => {
    const { body } = write({ turns: [system('be brief'), system('be kind'), user('hello')] });
    expect(body.system).toEqual([{ text: 'be brief' }, { text: 'be kind' }]);
    expect(body.messages).toEqual([{ role: 'user', content: [{ text: 'hello' }] }]);
  });

  it('alternate, begin with the user, and hold no blank text', () => {
    const turns = [assistant('hi'), user('one'), user(' '), assistant(''), user('two'), assistant('so: ')];
    expect(messages({ turns })).toEqual([
      { role: 'user', content: [{ text: '(no message)' }] },
      { role: 'assistant', content: [{ text: 'hi' }] },
      { role: 'user', content: [{ text: 'one' }, { text: 'two' }] },
      { role: 'assistant', content: [{ text: 'so:' }] },
    ]);
  });

  it('keep the borders of texts, and a refusal as its text', () => {
    const said: Block[] = [
      { type: 'text', text: 'one' },
      { type: 'text', text: 'two' },
      { type: 'refusal', text: 'I cannot.' },
    ];
    expect(messages({ turns: [user('x'), assistant(said), user('y')] })?.[1]).toEqual({
      role: 'assistant',
      content: [{ text: 'one' }, { text: 'two' }, { text: 'I cannot.' }],
    });
  });

  it('put the results of parallel calls into one turn, before other text', () => {
    const written = messages({ turns: toolLoop(), tools: [weather] });
    const use = (toolUseId: string) => ({ toolUse: { toolUseId, name: 'get_weather', input: { city: 'Paris' } } });
    const result = (toolUseId: string) => ({ toolResult: { toolUseId, content: [{ text: '21' }] } });
    expect(written?.slice(1)).toEqual([
      { role: 'assistant', content: [use('call_1'), use('call_2')] },
      { role: 'user', content: [result('call_1'), result('call_2'), { text: 'and tomorrow?' }] },
    ]);
  });

  it.each(['', '  ', '{"cut":', '[1]', 'null'])('send {} for the arguments %j of a replayed call', (input) => {
    expect(messages({ turns: toolLoop(input), tools: [weather] })?.[1]?.content?.[0]?.toolUse?.input).toEqual({});
  });

  it('never send an empty tool result', () => {
    for (const result of ['', ' '])
      expect(
        messages({ turns: toolLoop('{}', result), tools: [weather] })?.[2]?.content?.[0]?.toolResult?.content,
      ).toEqual([{ text: '(no output)' }]);
  });

  it('tell a tool history as text when no tools are offered', () => {
    for (const offered of [{}, { tools: [weather], toolChoice: { type: 'none' as const } }]) {
      const { body } = write({ turns: toolLoop(), ...offered });
      expect(body.toolConfig).toBeUndefined();
      expect(JSON.stringify(body.messages)).not.toMatch(/toolUse|toolResult/);
      expect(JSON.stringify(body.messages)).toMatch(/get_weather.*Paris.*21/);
    }
  });

  it('say that a tool failed, and keep pictures, documents and their order in its result', () => {
    const result: Block = {
      type: 'tool_result',
      callId: 'call_1',
      isError: true,
      blocks: [
        { type: 'image', source: { type: 'base64', mediaType: 'image/png', data: pixel } },
        { type: 'text', text: 'see above' },
        { type: 'document', name: 'log.txt', source: { type: 'text', text: 'line' } },
      ],
    };
    const turns = [...toolLoop().slice(0, 2), user([result])];
    expect(messages({ turns, tools: [weather] })?.[2]?.content?.[0]?.toolResult).toEqual({
      toolUseId: 'call_1',
      status: 'error',
      content: [
        { image: { format: 'png', source: { bytes: Buffer.from(pixel, 'base64') } } },
        { text: 'see above' },
        { document: { format: 'txt', name: 'log', source: { text: 'line' } } },
      ],
    });
    expect(JSON.stringify(messages({ turns }))).toContain('[Error of a tool: see above]');
  });

  it('replace ids that a family refuses, call and result alike', () => {
    const written = messages({ turns: toolLoop(), tools: [weather] }, 'mistral.mistral-large-2407-v1:0');
    const used = written?.[1]?.content?.map((block) => block.toolUse?.toolUseId);
    const answered = written?.[2]?.content?.slice(0, 2).map((block) => block.toolResult?.toolUseId);
    expect(used).toEqual(answered);
    expect(new Set(used).size).toBe(2);
    for (const id of used ?? []) expect(id).toMatch(/^[A-Za-z0-9]{9}$/);
  });

  it('keep the bytes of an image and go by them, not by their label', () => {
    const image: Block = {
      type: 'image',
      source: { type: 'base64', mediaType: 'image/jpeg', data: pixel },
      detail: 'low',
    };
    expect(messages({ turns: [user([image])] })?.[0]?.content).toEqual([
      { image: { format: 'png', source: { bytes: Buffer.from(pixel, 'base64') } } },
    ]);
  });

  it('take fetched images, and say which ones to fetch, inside tool results, too', () => {
    const url = 'https://pictures.example/a.png';
    const image: Block = { type: 'image', source: { type: 'url', url }, at: 'messages.0.content.1' };
    const inner: Block = {
      type: 'tool_result',
      callId: 'c',
      blocks: [
        { ...image, source: { type: 'url', url: 'https://pictures.example/b.png' }, at: 'messages.2.content.0' },
      ],
    };
    const request = chatRequest({ turns: [user([{ type: 'text', text: 'look' }, image]), user([inner])] });
    expect([...remoteImages(request)]).toEqual([
      [url, 'messages.0.content.1'],
      ['https://pictures.example/b.png', 'messages.2.content.0'],
    ]);
    const images = new Map([[url, Buffer.from(pixel, 'base64')]]);
    const { body, bounds } = writeRequest(chatRequest({ turns: [user([image])] }), { model: claude, images });
    expect(body.messages?.[0]?.content?.[0]?.image?.format).toBe('png');
    expect(bounds.images).toBe(1);
  });

  it('hand on what lies in S3', () => {
    const blocks: Block[] = [
      { type: 'text', text: 'look' },
      { type: 'image', source: { type: 'url', url: 's3://bucket/a.png' } },
      { type: 'document', source: { type: 'url', url: 's3://bucket/b.pdf' } },
      { type: 'video', source: { type: 'url', url: 's3://bucket/c.mp4' } },
    ];
    const { body, bounds } = write({ turns: [user(blocks)] }, nova);
    expect(body.messages?.[0]?.content?.slice(1)).toEqual([
      { image: { format: 'png', source: { s3Location: { uri: 's3://bucket/a.png' } } } },
      { document: { format: 'pdf', name: 'document', source: { s3Location: { uri: 's3://bucket/b.pdf' } } } },
      { video: { format: 'mp4', source: { s3Location: { uri: 's3://bucket/c.mp4' } } } },
    ]);
    expect(bounds).toMatchObject({ images: 1, remoteMedia: 2, mediaChars: 0 });
  });

  const pdf = (name: string): Block => ({
    type: 'document',
    name,
    source: { type: 'base64', mediaType: 'application/pdf', data: pixel },
  });

  it('name tens of thousands of documents, each once, in the time of a request', () => {
    const files = ['a (3).pdf', 'a (2).pdf', ...Array<string>(40_000).fill('a.pdf'), 'a (2).pdf'];
    const named = new Set(
      messages({ turns: [user(files.map(pdf))] })?.[0]?.content?.map((block) => block.document?.name),
    );
    named.delete(undefined);
    expect(named.size).toBe(files.length);
  });

  it('give documents harmless names, each once, and a text beside them', () => {
    const file = pdf('Q3: "results"  (final).pdf');
    const [first, second, text] = messages({ turns: [user([file, file])] })?.[0]?.content ?? [];
    expect([first?.document?.name, second?.document?.name]).toEqual([
      'Q3- -results- (final)',
      'Q3- -results- (final) (2)',
    ]);
    expect(first?.document?.format).toBe('pdf');
    expect(text?.text).toBeDefined();
  });

  it('say what a document is and that it is to be cited', () => {
    const document: Block = {
      type: 'document',
      name: 'law.txt',
      context: 'the law',
      citations: true,
      source: { type: 'text', text: '§ 1' },
    };
    expect(messages({ turns: [user([{ type: 'text', text: 'x' }, document])] })?.[0]?.content?.[1]?.document).toEqual({
      format: 'txt',
      name: 'law',
      source: { text: '§ 1' },
      context: 'the law',
      citations: { enabled: true },
    });
  });

  const signature = (format: 'anthropic' | 'google', value: string) => ({ format, value });
  const thoughts: Block[] = [
    { type: 'reasoning', text: ' a plan ', signature: signature('anthropic', 'c2ln') },
    { type: 'reasoning', text: '', encrypted: signature('anthropic', 'AAEC') },
    { type: 'reasoning', text: 'unsigned' },
    { type: 'reasoning', text: 'foreign', signature: signature('google', 'x') },
  ];

  it('replay signed reasoning byte for byte, before the text, and no other', () => {
    const turns = [user('hello'), assistant([...thoughts, { type: 'text', text: 'a' }]), user('b')];
    expect(messages({ turns })?.[1]?.content).toEqual([
      { reasoningContent: { reasoningText: { text: ' a plan ', signature: 'c2ln' } } },
      { reasoningContent: { redactedContent: Buffer.from([0, 1, 2]) } },
      { text: 'a' },
    ]);
    expect(messages({ turns }, 'openai.gpt-oss-120b-1:0')?.[1]?.content).toEqual([{ text: 'a' }]);
  });

  it('keep thoughts between calls where they stood, and leave out a turn of thoughts alone', () => {
    const call = (id: string): Block => ({ type: 'tool_call', id, name: 'get_weather', input: '{}', kind: 'function' });
    const thought = thoughts[0] as Block;
    const turns = [user('x'), assistant([thought, call('c1'), thought, call('c2')])];
    expect(messages({ turns, tools: [weather] })?.[1]?.content?.map((block) => Object.keys(block)[0])).toEqual([
      'reasoningContent',
      'toolUse',
      'reasoningContent',
      'toolUse',
    ]);
    expect(messages({ turns })?.[1]?.content?.map((block) => Object.keys(block)[0])).toEqual(['text', 'text']);
    expect(messages({ turns: [user('x'), assistant([thought]), user('y')] })).toEqual([
      { role: 'user', content: [{ text: 'x' }, { text: 'y' }] },
    ]);
  });

  it('turn cache marks into cache points where the family takes them, an hour where it lasts', () => {
    const mark = (ttl: string | null) => ({ ttl });
    const result: Block = {
      type: 'tool_result',
      callId: 'call_1',
      blocks: [{ type: 'text', text: '21', cache: mark('1h') }],
    };
    const other: Block = { type: 'tool_result', callId: 'call_2', blocks: [{ type: 'text', text: '22' }] };
    const request: Partial<ChatRequest> = {
      turns: [
        system([{ type: 'text', text: 'long', cache: mark('1h') }]),
        ...toolLoop().slice(0, 2),
        user([{ type: 'text', text: 'so?', cache: mark(null) }, result, other]),
      ],
      tools: [{ ...weather, cache: mark(null) }],
    };
    const hour = { cachePoint: { type: 'default', ttl: '1h' } };
    const plain = { cachePoint: { type: 'default' } };
    const newest = write(request, 'us.anthropic.claude-sonnet-4-5-20250929-v1:0').body;
    expect(newest.system).toEqual([{ text: 'long' }, hour]);
    expect(newest.toolConfig?.tools?.[1]).toEqual(plain);
    expect(newest.messages?.at(-1)?.content).toEqual([
      { toolResult: { toolUseId: 'call_1', content: [{ text: '21' }] } },
      hour,
      { toolResult: { toolUseId: 'call_2', content: [{ text: '22' }] } },
      { text: 'so?' },
      plain,
    ]);
    expect(write(request).body.system).toEqual([{ text: 'long' }, plain]);
    expect(write(request, nova).body.toolConfig?.tools).toHaveLength(1);
    expect(write(request, 'meta.llama3-70b').body.system).toEqual([{ text: 'long' }]);
  });

  it('give cited texts back with their sources, and name what only another format understands', () => {
    const values = [{ title: 'law', location: { documentPage: { documentIndex: 0, start: 1, end: 2 } } }];
    const blocks: Block[] = [
      { type: 'text', text: 'so it says', citations: { format: 'converse', values } },
      { type: 'text', text: 'elsewhere', citations: { format: 'openai', values: [{}] } },
      { type: 'opaque', dialect: 'anthropic-messages', value: {}, at: 'messages.1.content.2' },
    ];
    const { body, dropped } = write({ turns: [user('x'), assistant(blocks), user('y')] });
    expect(body.messages?.[1]?.content).toEqual([
      { citationsContent: { content: [{ text: 'so it says' }], citations: values } },
      { text: 'elsewhere' },
    ]);
    expect(dropped).toEqual(['messages.1.content.2']);
  });

  it('count what a request costs at most: bytes of text, pictures, documents, the limit', () => {
    const document = pdf('a.pdf');
    const image: Block = { type: 'image', source: { type: 'base64', mediaType: 'image/png', data: pixel } };
    const result: Block = { type: 'tool_result', callId: 'c', blocks: [image, document] };
    const texts = (text: string) => [user([{ type: 'text', text }, image, document]), user([result])];
    const small = write({ turns: texts('é'), tools: [weather], maxTokens: 77 });
    expect(small.bounds).toMatchObject({
      images: 2,
      mediaChars: 2 * pixel.length,
      remoteMedia: 0,
      audioChars: 0,
      choices: 1,
      audioOut: false,
      maxOutputTokens: 77,
    });
    const large = write({ turns: texts(`é${'ü'.repeat(1000)}`), tools: [weather], maxTokens: 77 });
    expect(large.bounds.textBytes - small.bounds.textBytes).toBe(2000);
    expect(small.bounds.textBytes).toBeLessThan(600);
    expect(small.bounds.textBytes).toBeGreaterThan(JSON.stringify(weather.parameters).length);
  });

  it('refuse what Converse has no form for, where it stands', () => {
    const at = 'messages.0.content.0';
    const refused = (block: Block) => () => write({ turns: [user([{ ...block, at }])] });
    expect(refused({ type: 'audio', source: { type: 'base64', mediaType: 'audio/wav', data: 'AA==' } })).toThrow(
      expect.objectContaining({ param: at }),
    );
    expect(refused({ type: 'image', source: { type: 'url', url: 'ftp://x' } })).toThrow(
      expect.objectContaining({ param: at }),
    );
    expect(refused({ type: 'document', source: { type: 'stored', id: 'file-1' } })).toThrow(
      expect.objectContaining({ param: at }),
    );
    expect(() => write({ turns: [] })).toThrow(expect.objectContaining({ param: 'messages' }));
    expect(() =>
      write({
        turns: [user('x')],
        toolChoice: { type: 'tool', name: 'search' },
        tools: [tool('other'), { type: 'hosted', name: 'search', dialect: 'openai-responses', value: {} }],
      }),
    ).toThrow(expect.objectContaining({ unprocessable: true }));
  });
});
