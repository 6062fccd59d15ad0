import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { JsonObject } from '../../../functions/core/json.ts';

/** `cut`: the head and half of the body leave, then the connection breaks. */
export function sendJson(response: ServerResponse, body: JsonObject, cut: boolean): void {
  const text = JSON.stringify(body);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  if (cut) response.write(text.slice(0, text.length / 2), () => response.destroy());
  else response.end(text);
}

/** Server-sent events, a pause after each. `cut`: the connection breaks after the first half. */
export async function sendEvents(
  response: ServerResponse,
  events: string[],
  cut: boolean,
  paceMs: number,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  for (const [i, event] of events.entries()) {
    if (response.destroyed) return;
    if (cut && i > 0 && i >= events.length / 2) {
      response.destroy();
      return;
    }
    response.write(event);
    await delay(paceMs);
  }
  response.end();
}
