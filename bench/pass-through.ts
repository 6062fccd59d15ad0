import { Agent, createServer, request as send } from 'node:http';
import { listen } from '../local/listening.ts';
import { report } from './child.ts';

/** The least that any proxy in Node does: every request is piped to the upstream and every answer back. */
const upstream = new URL(process.argv[2] ?? '');
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const server = createServer((incoming, answer) => {
  const outgoing = send(
    {
      host: upstream.hostname,
      port: upstream.port,
      method: incoming.method,
      path: incoming.url,
      headers: { ...incoming.headers, host: upstream.host },
      agent,
    },
    (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    },
  );
  incoming.pipe(outgoing);
});
report((await listen(server)).url);
