import { createServer } from 'node:http';
import { type Listening, listen, readBody } from '../../local/listening.ts';

/**
 * Refuses whatever it is asked, in the formats of all providers at once, and repeats `secrets` in its words: raw, escaped and
 * encoded, in message, code, parameter, headers and, when a stream is asked for, in an error event after some content.
 */
export function startRudeProvider(secrets: () => string[]): Promise<Listening> {
  const server = createServer(async (request, response) => {
    const asked = String(await readBody(request));
    const base64 = secrets().map((secret) => Buffer.from(`you sent ${secret}`).toString('base64'));
    const hex = secrets().map((secret) => Buffer.from(secret).toString('hex'));
    const message = `Bad credential: ${[...secrets(), ...secrets().map(encodeURIComponent), ...base64, ...hex].join(' and ')}; halves ${secrets()
      .map((secret) => secret.slice(3, 30))
      .join(' ')}`;
    const [first = ''] = secrets();
    const headers = { 'x-request-id': first.replace(/\s/g, ''), 'x-amzn-requestid': first.replace(/\s/g, '') };
    if (request.url?.endsWith('/chat/completions') && asked.includes('"stream":true')) {
      response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
      const chunk = {
        id: 'c',
        object: 'chat.completion.chunk',
        created: 1,
        model: 'm',
        choices: [{ index: 0, delta: { role: 'assistant', content: 'so far' }, finish_reason: null }],
      };
      response.end(
        `data: ${JSON.stringify(chunk)}\n\ndata: ${JSON.stringify({ error: { message, type: first, code: first, param: first } })}\n\n`,
      );
      return;
    }
    const error = {
      message,
      type: 'invalid_request_error',
      code: request.url?.includes('/projects/') ? 403 : first,
      status: 'PERMISSION_DENIED',
      param: first,
    };
    response.writeHead(403, {
      ...headers,
      'content-type': 'application/json',
      'x-amzn-errortype': 'AccessDeniedException',
    });
    response.end(JSON.stringify({ message, error, error_description: message }));
  });
  return listen(server);
}
