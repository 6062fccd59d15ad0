import type { LogRecord } from './reason.ts';

const question = 'Say hello.';

/** The command that repeats a request. The log keeps no prompts, so that the words are ours. */
export function curlOf(record: Pick<LogRecord, 'endpoint' | 'model' | 'stream'>, gateway: string): string {
  const body = JSON.stringify({
    model: record.model ?? '',
    ...bodyOf(record.endpoint),
    ...(record.stream && { stream: true }),
  });
  return [
    `curl -i ${gateway}${record.endpoint} \\`,
    `  -H "authorization: Bearer $KEYWAY_KEY" \\`,
    `  -H "content-type: application/json" \\`,
    `  -d '${body.replaceAll("'", "'\\''")}'`,
  ].join('\n');
}

function bodyOf(endpoint: string): object {
  if (endpoint.endsWith('/chat/completions')) return { messages: [{ role: 'user', content: question }] };
  if (endpoint.endsWith('/messages/count_tokens')) return { messages: [{ role: 'user', content: question }] };
  if (endpoint.endsWith('/messages')) return { max_tokens: 200, messages: [{ role: 'user', content: question }] };
  if (endpoint.endsWith('/completions')) return { prompt: question };
  return { input: question };
}
