import { Agent, createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { defaultEntry, type Endpoint, type Entry, endpoints, servedPaths } from '../../functions/endpoints.ts';
import { type Listening, listen } from '../../local/listening.ts';

/** Says that Lambda had no execution left for a request. */
export const throttledHeader = 'x-throttled-by-lambda';

export interface LambdaAccount extends Listening {
  /** Executions of a function that are under way. */
  running(entry: Entry): number;
}

/**
 * Lambda's concurrency in front of a local gateway: a request occupies an execution of its function until its answer has ended. Functions
 * with a reservation have those executions and no others; the rest share what is left of the account
 * (docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html). Who finds none gets 500, as API Gateway says it.
 */
export async function startLambdaAccount(
  gatewayUrl: string,
  { executions, reserved }: { executions: number; reserved: Partial<Record<Entry, number>> },
): Promise<LambdaAccount> {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const entries = [...new Set(endpoints.map(({ entry }) => entry))];
  const running = Object.fromEntries(entries.map((entry) => [entry, 0])) as Record<Entry, number>;
  const shared = executions - Object.values(reserved).reduce((sum, each) => sum + each, 0);
  const isFree = (entry: Entry) => {
    const own = reserved[entry];
    if (own !== undefined) return running[entry] < own;
    const used = entries.filter((each) => reserved[each] === undefined).reduce((sum, each) => sum + running[each], 0);
    return used < shared;
  };
  const server = createServer((request, response) => {
    const entry = entryOf(request);
    if (!isFree(entry)) {
      request.resume();
      return void response.writeHead(500, { [throttledHeader]: entry }).end('{}');
    }
    running[entry]++;
    response.once('close', () => running[entry]--);
    forward(gatewayUrl, agent, request, response);
  });
  // Longer than this machine may be busy.
  server.keepAliveTimeout = 120_000;
  const listening = await listen(server);
  return {
    url: listening.url,
    running: (entry) => running[entry],
    async close() {
      agent.destroy();
      await listening.close();
    },
  };
}

function forward(gatewayUrl: string, agent: Agent, request: IncomingMessage, response: ServerResponse): void {
  const { method, headers, url = '/' } = request;
  const onward = send(gatewayUrl + url, { method, headers, agent }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  response.once('close', () => onward.destroy());
  request.pipe(onward);
}

function entryOf({ method, url = '/' }: IncomingMessage): Entry {
  const [path = '/'] = url.split('?');
  const found = endpoints.find(
    (endpoint: Endpoint) =>
      endpoint.method === method &&
      servedPaths(endpoint).some((served) => new RegExp(`^${served.replaceAll(/\{\w+\+?\}/g, '[^/]+')}$`).test(path)),
  );
  return found?.entry ?? defaultEntry;
}
