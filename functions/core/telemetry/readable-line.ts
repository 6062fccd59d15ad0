import type { LogRecord } from '../log-record.ts';
import type { Refusal } from './refusal-line.ts';

/** A request as a person at a terminal wants to see it. The caller's own words have no control characters left. */
export function toReadableLine(record: LogRecord): string {
  const { at, status, endpoint, model, provider, credential, error_code, fallback_triggered } = record;
  const served = provider === null ? '' : ` ${fallback_triggered ? 'fell back to ' : ''}${credential} ${provider}`;
  const error = error_code === null ? '' : ` ${error_code}`;
  const times = `${record.total_ms} ms (gateway ${record.gateway_ms} ms)`;
  return plain(
    `${at.slice(11, 19)} ${status} ${endpoint} ${model ?? '-'}${served}${error} ${times} ${record.request_id}`,
  );
}

export function toReadableRefusal({ at, status, method, resource, error_code, ms, request_id }: Refusal): string {
  const time = new Date(at).toISOString().slice(11, 19);
  return plain(`${time} ${status} ${method} ${resource} ${error_code} ${Math.round(ms)} ms ${request_id}`);
}

function plain(text: string): string {
  return text.replace(/\p{C}/gu, '');
}
