/** A trace that a request belongs to, in lower-case hexadecimal. */
export interface TraceContext {
  traceId: string;
  /** The span that made the request. */
  spanId: string;
  /** Whether the caller keeps this trace. */
  sampled: boolean;
}

const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * A `traceparent` header as version 00, null when it is none: www.w3.org/TR/trace-context-2/#traceparent-header. Only what is valid
 * is kept. Of later versions the parts that version 00 knows count, as the specification asks ("Versioning of traceparent").
 */
export function readTraceparent(header: string | undefined): string | null {
  const found = form.exec(header?.trim() ?? '');
  if (!found) return null;
  const [version, traceId, spanId, flags, rest] = found.slice(1);
  if (version === 'ff' || (version === '00' && rest !== undefined)) return null;
  if (/^0+$/.test(traceId ?? '') || /^0+$/.test(spanId ?? '')) return null;
  return `00-${traceId}-${spanId}-${flags}`;
}

/** The parts of what `readTraceparent` gave; null of anything else. */
export function parseTraceparent(kept: string | undefined): TraceContext | null {
  const [, traceId, spanId, flags] = readTraceparent(kept)?.split('-') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
