import { headersOf, messagesOf, type Question } from './chat.ts';

export const languages = ['curl', 'Python', 'TypeScript'] as const;
export type Language = (typeof languages)[number];

/** The same request as a program. Keys stay out of it: it reads KEYWAY_KEY. */
export function codeFor(language: Language, question: Question, gateway: string): string {
  return { curl, Python: python, TypeScript: typescript }[language](question, gateway);
}

const indent = (text: string, spaces: number) => text.replaceAll('\n', `\n${' '.repeat(spaces)}`);
const json = (value: unknown, spaces: number) => indent(JSON.stringify(value, null, 2), spaces);

function curl(question: Question, gateway: string): string {
  const headers = Object.entries(headersOf(question)).map(([name, value]) => `  -H "${name}: ${value}" \\`);
  const body = JSON.stringify({ model: question.model, messages: messagesOf(question), stream: true }, null, 2);
  return [
    `curl -N ${gateway}/v1/chat/completions \\`,
    '  -H "authorization: Bearer $KEYWAY_KEY" \\',
    '  -H "content-type: application/json" \\',
    ...headers,
    `  -d '${body.replaceAll("'", "'\\''")}'`,
  ].join('\n');
}

function python(question: Question, gateway: string): string {
  const headers = headersOf(question);
  return [
    'import os',
    'from openai import OpenAI',
    '',
    `client = OpenAI(base_url="${gateway}/v1", api_key=os.environ["KEYWAY_KEY"])`,
    'stream = client.chat.completions.create(',
    `    model=${JSON.stringify(question.model)},`,
    `    messages=${json(messagesOf(question), 4)},`,
    '    stream=True,',
    ...(Object.keys(headers).length > 0 ? [`    extra_headers=${json(headers, 4)},`] : []),
    ')',
    'for chunk in stream:',
    '    if chunk.choices:',
    '        print(chunk.choices[0].delta.content or "", end="", flush=True)',
  ].join('\n');
}

function typescript(question: Question, gateway: string): string {
  const headers = headersOf(question);
  return [
    "import OpenAI from 'openai';",
    '',
    `const client = new OpenAI({ baseURL: '${gateway}/v1', apiKey: process.env.KEYWAY_KEY });`,
    'const stream = await client.chat.completions.create(',
    '  {',
    `    model: ${JSON.stringify(question.model)},`,
    `    messages: ${json(messagesOf(question), 4)},`,
    '    stream: true,',
    '  },',
    ...(Object.keys(headers).length > 0 ? [`  { headers: ${json(headers, 2)} },`] : []),
    ');',
    'for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? "");',
  ].join('\n');
}
