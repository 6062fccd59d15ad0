import * as v from 'valibot';
import {
  balanceFields,
  count,
  credentialOwner,
  credentialType,
  failureKind,
  fallbackCaps,
  health,
  keyModels,
  listOf,
  models,
  orNull,
  scopes,
  shownOnce,
  text,
  time,
  usd,
} from './parts.ts';

/**
 * What the management endpoints answer, for the OpenAPI document and the clients made of it (docs/api.md says what each field means).
 * Answers are not checked by it at run time; test/client/openapi-answers.test.ts holds real ones against it. Strict, so that a field
 * which nobody described is seen.
 */
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
  models: keyModels,
  ...fallbackCaps,
  enabled: v.boolean(),
  credential: v.strictObject({
    type: credentialType,
    hint: text,
  }),
  version: count,
  health: v.strictObject({
    ...health,
    fallbacks_24h: count,
    fallback_cost_24h_usd: usd,
  }),
  created_at: time,
  updated_at: time,
  last_used_at: orNull(time),
  /** What the owner of a role or an identity pool has to set up. */
  trust: v.optional(v.looseObject({})),
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
  model: v.optional(orNull(text)),
  region: orNull(text),
  kind: orNull(failureKind),
  status: orNull(v.number()),
  code: orNull(text),
  message: orNull(text),
  provider_request_id: orNull(text),
  started_ms: v.optional(v.number()),
  ms: v.number(),
});

const LogRecord = v.strictObject({
  request_id: text,
  gateway_request_id: orNull(text),
  gateway_extended_request_id: orNull(text),
  lambda_request_id: orNull(text),
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
  route: orNull(text),
  kind: orNull(failureKind),
  message: orNull(text),
  client: v.strictObject({ user_agent: orNull(text), ip: orNull(text) }),
  traceparent: v.optional(text),
  expires_at: v.number(),
});

const UsageRow = v.strictObject({
  /** Told to operators. */
  workspace_id: v.optional(text),
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

const Balance = v.strictObject({ object: v.literal('balance'), ...balanceFields });

const Document = v.looseObject({ openapi: text, paths: v.looseObject({}), components: v.looseObject({}) });
const Health = v.strictObject({ status: v.literal('ok') });

/** Each resource by its name in the document, then the lists of them. */
export const resources = {
  ...{ ProviderKey, ProviderKeyTest, ApiKey, NewApiKey, Model, Provider, LogRecord, UsageRow, Balance, Health },
  Document,
  ProviderKeyList: listOf(ProviderKey),
  ApiKeyList: listOf(ApiKey),
  ModelList: listOf(Model, { data_as_of: text }),
  ProviderList: listOf(Provider),
  LogRecordList: listOf(LogRecord),
  UsageList: listOf(UsageRow, { from: time, to: time }),
};
