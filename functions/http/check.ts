import * as v from 'valibot';
import { GatewayError } from '../core/errors.ts';

/** Lambda's own limit for an invocation; API Gateway's is higher. */
const bodyLimit = 6 * 1024 * 1024;

/** JSON.parse takes any depth, JSON.stringify and the SDKs' serializers run out of stack at some thousand levels. */
const mostLevels = 500;

type Schema<T> = v.GenericSchema<unknown, T>;

/** A JSON body that fits its schema. Throws `request_too_large`, `invalid_request` (no JSON) or `validation_error` with `param`. */
export function readBody<T>(body: string, schema: Schema<T>): T {
  // A unit of a text is three bytes at most.
  if (body.length * 3 > bodyLimit && Buffer.byteLength(body) > bodyLimit) {
    throw new GatewayError('request_too_large', 'The request body is larger than 6 MB.', {
      shouldRetry: false,
      hint: 'Send images and files by address instead of inline.',
    });
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new GatewayError(
      'invalid_request',
      body.trim() === '' ? 'The request has no body.' : 'The request body is no JSON.',
    );
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new GatewayError('invalid_request', 'The request body must be a JSON object.');
  if (isDeeper(parsed, mostLevels))
    throw new GatewayError('invalid_request', `The request body is nested more than ${mostLevels} levels deep.`, {
      shouldRetry: false,
    });
  return check(parsed, schema);
}

function isDeeper(value: object, levels: number): boolean {
  if (levels === 0) return true;
  const inside: unknown[] = Array.isArray(value) ? value : Object.values(value);
  return inside.some((inner) => typeof inner === 'object' && inner !== null && isDeeper(inner, levels - 1));
}

/** Throws `validation_error` naming the field. The value is never repeated: it may be a secret in the wrong place. */
export function check<T>(value: unknown, schema: Schema<T>): T {
  const result = v.safeParse(schema, value, { abortEarly: true, abortPipeEarly: true });
  if (result.success) return result.output;
  const { issue, path } = nearest(result.issues[0]);
  const param = path.length === 0 ? null : path.join('.');
  throw new GatewayError('validation_error', `${param ?? 'The request'} ${wordsOf(issue)}.`, {
    param,
    shouldRetry: false,
  });
}

/** Of a union it is the member that got furthest: the caller meant that one. */
function nearest(issue: v.BaseIssue<unknown>): { issue: v.BaseIssue<unknown>; path: unknown[] } {
  const path = (issue.path ?? []).map(({ key }) => key);
  if (issue.type !== 'union') return { issue, path };
  const [furthest] = (issue.issues ?? []).map(nearest).sort((a, b) => b.path.length - a.path.length);
  if (furthest === undefined || furthest.path.length === 0) return { issue, path };
  return { issue: furthest.issue, path: [...path, ...furthest.path] };
}

function wordsOf(issue: v.BaseIssue<unknown>): string {
  if (issue.received === 'undefined') return 'is missing';
  if (issue.type === 'strict_object') return 'is not a known field';
  // Messages of checks are our own; the ones of types would repeat the value.
  if (issue.kind === 'validation') return issue.message;
  return `must be ${issue.expected ?? 'of another type'}`;
}
