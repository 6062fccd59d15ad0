import * as v from 'valibot';
import { failureKinds } from '../../core/routing/failure.ts';

/**
 * What the management endpoints answer, for the OpenAPI document and the clients made of it (docs/api.md says what each field means).
 * Answers are not checked by it at run time; test/client/openapi-answers.test.ts holds real ones against it. Strict, so that a field
 * which nobody described is seen.
 */
const text = v.string();
const orNull = <T extends v.GenericSchema>(schema: T) => v.nullable(schema);
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const usd = v.pipe(text, v.description('USD as a decimal, seven places'));
const time = v.pipe(text, v.description('ISO 8601, UTC'));
const credentialOwner = v.picklist(['byok', 'platform']);
const scopes = v.array(v.picklist(['inference', 'manage']));
const models = orNull(v.array(text));
const failureKind = v.picklist(failureKinds);

/** A page of `resource`; `more` are fields that only this list has. */
function listOf<T extends v.GenericSchema>(resource: T, more: v.ObjectEntries = {}) {
  return v.strictObject({ object: v.literal('list'), data: v.array(resource), next_cursor: orNull(text), ...more });
}

const fallbackCaps = { fallback_cap_day_usd: orNull(usd), fallback_cap_month_usd: orNull(usd) };

const ProviderKey = v.strictObject({
  id: text,
  object: v.literal('provider_key'),
  provider: text,
  label: orNull(text),
  region: orNull(text),
  region_source: orNull(v.picklist(['key', 'credential', 'field', 'default'])),
  fallback_enabled: v.boolean(),
  fallback_on: orNull(v.array(failureKind)),
  priority: v.pipe(v.number(), v.integer()),
  models,
  ...fallbackCaps,
  enabled: v.boolean(),
  credential: v.strictObject({ type: v.picklist(['api_key', 'aws_credentials', 'service_account']), hint: text }),
  version: count,
  health: v.strictObject({
    state: v.picklist(['unused', 'healthy', 'failing', 'cooling_down']),
    since: orNull(time),
    last_error: orNull(
      v.strictObject({ kind: failureKind, status: orNull(v.number()), code: orNull(text), message: text, at: time }),
    ),
    failures: count,
    fallbacks_24h: count,
    fallback_cost_24h_usd: usd,
    cooling_until: orNull(time),
  }),
  created_at: time,
  updated_at: time,
  last_used_at: orNull(time),
});

const ProviderKeyTest = v.strictObject({
  object: v.literal('provider_key_test'),
  state: v.picklist([
    'verified',
    'invalid',
    'no_permission',
    'rate_limited',
    'quota_exceeded',
    'unreachable',
    'inconclusive',
  ]),
  detail: text,
  hint: orNull(text),
  provider_status: orNull(v.number()),
  model: text,
  latency_ms: count,
  checked_at: time,
  region: orNull(text),
});

const apiKeyFields = {
  id: text,
  object: v.literal('api_key'),
  name: orNull(text),
  scopes,
  enabled: v.boolean(),
  revoked_at: orNull(time),
  requests_per_minute: orNull(count),
  requests_per_day: orNull(count),
  tokens_per_minute: orNull(count),
  spend_month_usd: orNull(usd),
  spend_total_usd: orNull(usd),
  models,
  expires_at: orNull(time),
  created_at: time,
  last_used_at: orNull(time),
};
const shownOnce = v.pipe(text, v.description('Shown here, and never again'));
const ApiKey = v.strictObject(apiKeyFields);
const NewApiKey = v.strictObject({ ...apiKeyFields, key: shownOnce, rotates: v.optional(text) });

const Model = v.strictObject({
  id: text,
  object: v.literal('model'),
  created: v.number(),
  owned_by: text,
  kind: v.picklist(['chat', 'embeddings']),
  providers: v.array(text),
  context_length: orNull(count),
  architecture: v.strictObject({
    input_modalities: orNull(v.array(text)),
    output_modalities: orNull(v.array(text)),
  }),
  top_provider: v.strictObject({ context_length: orNull(count), max_completion_tokens: orNull(count) }),
  pricing: orNull(v.strictObject({ input_usd_per_million: usd, output_usd_per_million: usd })),
  expiration_date: v.optional(text),
  successor: v.optional(text),
});

const Provider = v.strictObject({
  object: v.literal('provider'),
  name: text,
  title: text,
  credential_schemas: v.array(v.looseObject({})),
  permissions: v.array(text),
  test_model: text,
  documentation: text,
});

const tokens = { prompt_tokens: count, completion_tokens: count, cached_tokens: count, reasoning_tokens: count };

const Attempt = v.strictObject({
  target: credentialOwner,
  provider: text,
  provider_key_id: orNull(text),
  region: orNull(text),
  kind: orNull(failureKind),
  status: orNull(v.number()),
  code: orNull(text),
  message: orNull(text),
  provider_request_id: orNull(text),
  ms: v.number(),
});

const LogRecord = v.strictObject({
  request_id: text,
  workspace_id: text,
  api_key_id: text,
  at: time,
  endpoint: text,
  model: orNull(text),
  stream: v.boolean(),
  status: v.number(),
  error_code: orNull(text),
  error_message: v.optional(text),
  credential: orNull(credentialOwner),
  provider: orNull(text),
  provider_key_id: orNull(text),
  provider_model: orNull(text),
  provider_request_id: orNull(text),
  fallback_triggered: v.boolean(),
  attempts: v.array(Attempt),
  usage: orNull(v.strictObject(tokens)),
  usage_estimated: v.boolean(),
  cost: usd,
  settled: v.boolean(),
  upstream_cost: orNull(usd),
  first_byte_ms: orNull(v.number()),
  total_ms: v.number(),
  gateway_ms: v.number(),
  finish_reason: orNull(text),
  dropped_params: v.array(text),
  client: v.strictObject({ user_agent: orNull(text), ip: orNull(text) }),
  expires_at: v.number(),
});

const UsageRow = v.strictObject({
  day: text,
  model: orNull(text),
  provider: orNull(text),
  credential: orNull(credentialOwner),
  api_key_id: text,
  provider_key_id: orNull(text),
  requests: count,
  errors: count,
  ...tokens,
  cost: usd,
  upstream_cost: usd,
});

const balanceFields = { balance_usd: usd, held_usd: usd, available_usd: usd };
const Balance = v.strictObject({ object: v.literal('balance'), ...balanceFields });

const workspaceFields = {
  id: text,
  object: v.literal('workspace'),
  name: text,
  enabled: v.boolean(),
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
const Price = v.strictObject({
  object: v.literal('price'),
  id: text,
  served: v.boolean(),
  ...rates,
  tiers: v.optional(v.array(v.strictObject({ above_tokens: count, ...rates }))),
  max_output_tokens: orNull(count),
  updated_at: time,
});

const Document = v.looseObject({ openapi: text, paths: v.looseObject({}), components: v.looseObject({}) });
const Health = v.strictObject({ status: v.literal('ok') });

/** Each resource by its name in the document, then the lists of them. */
export const resources = {
  ...{ ProviderKey, ProviderKeyTest, ApiKey, NewApiKey, Model, Provider, LogRecord, UsageRow, Balance, Health },
  ...{ Workspace, NewWorkspace, Credit, Price, Document },
  ProviderKeyList: listOf(ProviderKey),
  ApiKeyList: listOf(ApiKey),
  ModelList: listOf(Model, { data_as_of: text }),
  ProviderList: listOf(Provider),
  LogRecordList: listOf(LogRecord),
  UsageList: listOf(UsageRow, { from: time, to: time }),
  WorkspaceList: listOf(Workspace),
  PriceList: listOf(Price),
};
