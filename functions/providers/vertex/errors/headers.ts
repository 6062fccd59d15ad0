import type { IncomingHttpHeaders } from 'node:http';
import { headerText } from '../../../transport/http-client.ts';

/** Node's headers as `errors.ts` reads them. */
export function headersOf(headers: IncomingHttpHeaders): { get(name: string): string | null } {
  return { get: (name) => headerText(headers, name) };
}
