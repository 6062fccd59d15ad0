import { isObject, parseJson } from '../core/json.ts';
import type { Failure, FailureKind } from '../core/routing/failure.ts';
import { headerText, readRetryAfter } from '../transport/http-client.ts';
import type { ErrorTable } from './http-definition.ts';
import type { HttpProvider } from './http-upstream.ts';

/** Longer messages are pages or dumps, not messages. */
const longestMessage = 2000;

/** How a provider's errors are read, by its table. `title`: the provider, as callers read it. */
export function createErrorReader(
  title: string,
  table: ErrorTable,
  requestIdHeader: string | null,
): Pick<HttpProvider, 'readErrorAnswer' | 'findError' | 'readError'> {
  return {
    readErrorAnswer(status, headers, text) {
      const body = parseJson(text);
      const failure = readErrorObject(errorIn(body) ?? body ?? null, status, table);
      const retryAfterMs = readRetryAfter(headers, Date.now()) ?? table.retryAfterMs?.(headers, Date.now());
      return {
        ...failure,
        message: failure.message || `${title} answered with status ${status}.`,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
        providerRequestId: requestIdHeader === null ? null : headerText(headers, requestIdHeader),
        ...(status >= 500 && body === undefined && { garbled: true }),
      };
    },
    findError: (parsed) => errorIn(parsed) ?? undefined,
    readError(error) {
      const failure = readErrorObject(errorIn(error) ?? error, null, table);
      return { ...failure, message: failure.message || `${title} broke the answer off with an error.` };
    },
  };
}

/** The `error` of a body; some servers put the body into a list. */
function errorIn(body: unknown): unknown {
  const holder: unknown = Array.isArray(body) ? body[0] : body;
  return isObject(holder) ? (holder.error ?? null) : null;
}

/**
 * `{message, code, type, param, status}`, of which any may be missing, or a text in its place. `status`: null inside of streams,
 * where `code` may be a number that stands for it.
 */
function readErrorObject(error: unknown, status: number | null, table: ErrorTable): Failure {
  const given = isObject(error) ? error : { message: error };
  // Azure says more inside (https://learn.microsoft.com/azure/ai-services/openai/concepts/content-filter).
  const inner = isObject(given.innererror) ? given.innererror.code : null;
  const names = [given.code, inner, given.type, given.status].flatMap((name) =>
    typeof name === 'string' ? [name] : [],
  );
  const seenStatus = status ?? [given.code, given.status].find((code) => typeof code === 'number') ?? null;
  const message = (textOf(given.message) ?? textOf(given.detail) ?? '').slice(0, longestMessage);
  const worded = table.words?.find(
    (rule) =>
      (rule.status === undefined || rule.status === seenStatus) &&
      (rule.code === undefined || names.some((name) => rule.code?.test(name))) &&
      rule.when.test(message),
  );
  const kind = worded?.kind ?? firstOf(names, table.kinds) ?? kindOfStatus(seenStatus, table);
  const hint = worded?.hint ?? table.hints?.[kind];
  return {
    kind,
    status,
    code: textOf(given.code) ?? names[0] ?? null,
    message,
    param: textOf(given.param),
    providerRequestId: null,
    ...(hint !== undefined && { hint }),
  };
}

/** The names come from outside: `constructor` is no entry. */
function firstOf(names: string[], table: Record<string, FailureKind>): FailureKind | undefined {
  const known = names.find((name) => Object.hasOwn(table, name));
  return known === undefined ? undefined : table[known];
}

function kindOfStatus(status: number | null, { statuses = {} }: ErrorTable): FailureKind {
  if (status === null) return 'overloaded';
  const own = statuses[status] ?? usual[status];
  if (own !== undefined) return own;
  return status >= 400 && status < 500 ? 'bad_request' : 'overloaded';
}

/** https://www.rfc-editor.org/rfc/rfc9110#section-15, and what providers of models have agreed on beside it. */
const usual: Record<number, FailureKind> = {
  401: 'credential',
  402: 'quota',
  403: 'permission',
  404: 'model_access',
  408: 'timeout',
  429: 'rate_limit',
};

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : null;
}
