import * as v from 'valibot';
import { failureKinds } from '../../core/routing/failure.ts';

/** What several answers are made of. */
export const text = v.string();
export const orNull = <T extends v.GenericSchema>(schema: T) => v.nullable(schema);
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
export const usd = v.pipe(text, v.description('USD as a decimal, seven places'));
export const time = v.pipe(text, v.description('ISO 8601, UTC'));
export const credentialOwner = v.picklist(['byok', 'platform']);
export const scopes = v.array(v.picklist(['inference', 'manage']));
export const models = orNull(v.array(text));
/** A filter of provider keys, which may also say what is behind an id. */
export const keyModels = orNull(
  v.union([v.array(text), v.record(text, v.strictObject({ base_model: v.optional(text) }))]),
);
export const failureKind = v.picklist(failureKinds);

/** How a credential fares, of a tenant or of the platform. */
export const health = {
  state: v.picklist(['unused', 'healthy', 'failing', 'cooling_down']),
  since: orNull(time),
  last_error: orNull(
    v.strictObject({ kind: failureKind, status: orNull(v.number()), code: orNull(text), message: text, at: time }),
  ),
  failures: count,
  cooling_until: orNull(time),
};
export const credentialType = v.picklist([
  'api_key',
  'aws_credentials',
  'service_account',
  'role',
  'workload_identity',
]);

/** A page of `resource`; `more` are fields that only this list has. */
export function listOf<T extends v.GenericSchema>(resource: T, more: v.ObjectEntries = {}) {
  return v.strictObject({ object: v.literal('list'), data: v.array(resource), next_cursor: orNull(text), ...more });
}

export const fallbackCaps = { fallback_cap_day_usd: orNull(usd), fallback_cap_month_usd: orNull(usd) };

export const shownOnce = v.pipe(text, v.description('Shown here, and never again'));
export const balanceFields = { balance_usd: usd, held_usd: usd, available_usd: usd };
