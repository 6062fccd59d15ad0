import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { type Listening, listen, readBody } from '../../local/listening.ts';

export interface Received {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Whether the SDK sent it, by its own word. */
  bySdk: boolean;
}

export interface RecordingServer extends Listening {
  received: Received[];
  /** How the next requests are answered, in order; after that with `{}`. */
  answers: ((response: ServerResponse) => void)[];
}

/** A DynamoDB that keeps what it gets and says what it is told to. */
export async function openRecordingServer(): Promise<RecordingServer> {
  const received: Received[] = [];
  const answers: RecordingServer['answers'] = [];
  const server: Server = createServer(async (request, response) => {
    const body = (await readBody(request)) ?? Buffer.alloc(0);
    const { method = '', url = '', headers } = request;
    received.push({ method, url, headers, body, bySdk: /aws-sdk-js/.test(headers['user-agent'] ?? '') });
    const answer = answers.shift() ?? says(200, '{}');
    answer(response);
  });
  return { ...(await listen(server)), received, answers };
}

export function says(status: number, body: string) {
  return (response: ServerResponse) => {
    response
      .writeHead(status, { 'content-type': 'application/x-amz-json-1.0', 'content-length': Buffer.byteLength(body) })
      .end(body);
  };
}
