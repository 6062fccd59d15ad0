import * as v from 'valibot';
import {
  balanceFields,
  count,
  credentialType,
  failureKind,
  fallbackCaps,
  health,
  listOf,
  orNull,
  scopes,
  shownOnce,
  text,
  time,
  usd,
} from './parts.ts';

/** What operators' endpoints answer, as in resources.ts. */
const workspaceFields = {
  id: text,
  object: v.literal('workspace'),
  name: text,
  enabled: v.boolean(),
  suspended: v.boolean(),
  suspended_reason: orNull(text),
  suspended_at: orNull(time),
  requests_per_minute: orNull(count),
  requests_in_flight: orNull(count),
  tokens_per_minute: orNull(count),
  retention_days: count,
  ...fallbackCaps,
  ...balanceFields,
  created_at: time,
};
const Workspace = v.strictObject(workspaceFields);
const NewWorkspace = v.strictObject({
  ...workspaceFields,
  api_key: v.strictObject({ id: text, key: shownOnce, scopes }),
});

const Credit = v.strictObject({
  object: v.literal('credit'),
  workspace_id: text,
  amount_usd: usd,
  idempotency_key: text,
  ...balanceFields,
});

const rates = {
  input_usd_per_million: v.optional(usd),
  output_usd_per_million: v.optional(usd),
  cached_input_usd_per_million: v.optional(usd),
  cache_write_usd_per_million: v.optional(usd),
  audio_input_usd_per_million: v.optional(usd),
  audio_output_usd_per_million: v.optional(usd),
};
const tier = v.strictObject({
  above_tokens: count,
  ...rates,
  input_usd_per_million: usd,
  output_usd_per_million: usd,
});
const Price = v.strictObject({
  object: v.literal('price'),
  id: text,
  served: v.boolean(),
  ...rates,
  tiers: v.optional(v.array(tier)),
  max_output_tokens: orNull(count),
  updated_at: time,
});

const Operator = v.strictObject({ object: v.literal('operator'), name: text, role: v.picklist(['owner', 'support']) });

const PlatformCredential = v.strictObject({
  object: v.literal('platform_credential'),
  provider: text,
  title: text,
  state: v.picklist(['set', 'role', 'missing', 'unknown']),
  secret: text,
  note: text,
  documentation: text,
  serves: count,
  type: orNull(credentialType),
  region: orNull(text),
  names: v.strictObject({
    account: v.optional(text),
    role: v.optional(text),
    project: v.optional(text),
    service_account: v.optional(text),
    organization: v.optional(text),
    endpoint: v.optional(text),
    tenant: v.optional(text),
  }),
  changed_at: orNull(time),
  last_used_at: orNull(time),
  health: v.strictObject({
    ...health,
    cooling_models: v.array(v.strictObject({ model: text, kind: failureKind, until: time })),
  }),
});

const Alarm = v.strictObject({
  object: v.literal('alarm'),
  name: text,
  says: text,
  state: v.picklist(['ok', 'alarm', 'insufficient_data']),
  since: orNull(time),
  reason: text,
  notifies: v.boolean(),
  runbook: orNull(v.strictObject({ chapter: text, path: text })),
});

const AuditRecord = v.strictObject({
  object: v.literal('audit_record'),
  request_id: text,
  at: time,
  workspace_id: orNull(text),
  operation: text,
  target: orNull(text),
  actor: v.strictObject({
    type: v.picklist(['operator', 'api_key']),
    id: orNull(text),
    role: v.optional(orNull(v.picklist(['owner', 'support']))),
  }),
  outcome: v.picklist(['pending', 'done', 'refused', 'failed']),
  status: orNull(v.number()),
  error_code: orNull(text),
  before: orNull(v.looseObject({})),
  after: orNull(v.looseObject({})),
  client: v.strictObject({ user_agent: orNull(text), ip: orNull(text) }),
});

export const operatorResources = {
  ...{ Workspace, NewWorkspace, Credit, Price, Operator, PlatformCredential, Alarm, AuditRecord },
  PlatformCredentialList: listOf(PlatformCredential),
  AlarmList: listOf(Alarm, {
    source: v.picklist(['cloudwatch', 'none']),
    problem: orNull(v.strictObject({ kind: v.picklist(['denied', 'unreachable']), message: text, hint: text })),
  }),
  AuditRecordList: listOf(AuditRecord),
  WorkspaceList: listOf(Workspace),
  PriceList: listOf(Price),
};
