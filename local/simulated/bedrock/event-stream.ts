import { EventStreamCodec } from '@smithy/eventstream-codec';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString(),
  (text) => Buffer.from(text),
);

/** An event before it is put into a frame. */
export interface StreamEvent {
  type: string;
  payload: unknown;
}

/** One frame of application/vnd.amazon.eventstream that carries an event as JSON. */
export function eventFrame(type: string, payload: unknown): Uint8Array {
  return frame(':event-type', type, 'event', payload);
}

/** A modelled exception inside a stream whose HTTP status was 200. */
export function exceptionFrame(type: string, message: string): Uint8Array {
  return frame(':exception-type', type, 'exception', { message });
}

/** An error that the service has no shape for. */
export function errorFrame(code: string, message: string): Uint8Array {
  const headers = { ':error-code': code, ':error-message': message, ':message-type': 'error' };
  return codec.encode({ headers: textHeaders(headers), body: new Uint8Array() });
}

function frame(header: string, type: string, messageType: string, payload: unknown): Uint8Array {
  const headers = { [header]: type, ':content-type': 'application/json', ':message-type': messageType };
  return codec.encode({ headers: textHeaders(headers), body: Buffer.from(JSON.stringify(payload)) });
}

function textHeaders(headers: Record<string, string>) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { type: 'string' as const, value }]));
}
