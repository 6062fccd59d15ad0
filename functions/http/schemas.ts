import * as v from 'valibot';
import { parseUsd } from '../core/billing/money.ts';
import { failureKinds } from '../core/routing/failure.ts';
import { formatIso, parseTime } from '../core/time.ts';
import { readEnvironment } from '../environment.ts';
import { bytesOf, keyModels, modelList, text } from './schema-parts/models.ts';

/**
 * The one set of schemas: requests are checked by them and the OpenAPI document is made of them. Valibot, because only the
 * parts in use are bundled (a few kilobytes) and loading it costs no measurable time at a cold start.
 * Inference requests are open: fields that are not named here travel to the provider as they are.
 */
export const whole = (least: number, most: number) =>
  v.pipe(
    v.number(),
    v.integer('must be a whole number'),
    v.minValue(least, `must be at least ${least}`),
    v.maxValue(most, `must be at most ${most}`),
  );
export const usd = v.pipe(
  v.string(),
  v.check(
    (value) => parseUsd(value) !== null,
    'must be a decimal amount of USD as text, of at most seven places, such as "2.50"',
  ),
);
export const time = (edge: 'start' | 'end') =>
  v.pipe(
    v.string(),
    v.check((text) => parseTime(text, edge) !== null, 'must be an ISO 8601 time such as 2026-01-31T12:00:00Z'),
    v.transform((text) => formatIso(parseTime(text, edge) ?? 0)),
  );
const labelBytes = 800;

/** 100,000 messages fit into 6 MB, and would take seconds to translate. */
let mostEntries: number | null = null;
const fewEnough = <T>() =>
  v.check<T[], string>((list) => {
    mostEntries ??= readEnvironment().maxMessages;
    return list.length <= mostEntries;
  }, 'must not hold so many entries (the operator sets how many, KEYWAY_MAX_MESSAGES)');

const conversation = v.pipe(
  v.array(v.looseObject({ role: text(50) })),
  v.minLength(1, 'must hold at least one message'),
  fewEnough(),
);

export const chatRequest = v.looseObject({
  model: text(1000),
  messages: conversation,
  stream: v.nullish(v.boolean()),
  stream_options: v.nullish(v.looseObject({ include_usage: v.nullish(v.boolean()) })),
});

const flag = v.nullish(v.boolean());

/** The legacy endpoint. */
export const completionRequest = v.looseObject({
  model: text(1000),
  prompt: v.union([v.string(), v.pipe(v.array(v.unknown()), fewEnough())]),
  stream: flag,
  stream_options: v.nullish(v.looseObject({ include_usage: flag })),
});

/** What a request may do without its own input: the provider has it. */
const storedInput = ['prompt', 'previous_response_id', 'conversation'];

export const responsesRequest = v.pipe(
  v.looseObject({
    model: text(1000),
    input: v.nullish(
      v.union([
        v.string(),
        v.pipe(v.array(v.looseObject({})), v.minLength(1, 'must hold at least one item'), fewEnough()),
      ]),
    ),
    stream: flag,
  }),
  v.forward(
    v.check((body) => body.input != null || storedInput.some((name) => body[name] != null), 'is missing'),
    ['input'],
  ),
);

export const messagesRequest = v.looseObject({
  model: text(1000),
  messages: conversation,
  max_tokens: whole(1, 1e9),
  stream: flag,
});

export const countRequest = v.looseObject({ model: text(1000), messages: conversation });

export const embeddingsRequest = v.looseObject({
  model: text(1000),
  input: v.union([v.string(), v.pipe(v.array(v.unknown()), v.minLength(1, 'must not be empty'), fewEnough())]),
});

const fallbackCaps = {
  fallback_cap_day_usd: v.optional(v.nullable(usd)),
  fallback_cap_month_usd: v.optional(v.nullable(usd)),
};

const providerKeyFields = {
  label: v.optional(
    v.nullable(
      v.pipe(
        v.string(),
        v.maxLength(200, 'must not be longer than 200 characters'),
        v.check((label) => bytesOf(label) <= labelBytes, `must not take more than ${labelBytes} bytes as JSON`),
      ),
    ),
  ),
  region: v.optional(v.nullable(text(64))),
  fallback_enabled: v.optional(v.boolean()),
  fallback_on: v.optional(
    v.nullable(
      v.pipe(
        v.array(v.picklist(failureKinds)),
        v.maxLength(failureKinds.length, 'must not name more failure kinds than there are'),
      ),
    ),
  ),
  priority: v.optional(whole(-1_000_000, 1_000_000)),
  models: v.optional(v.nullable(keyModels)),
  ...fallbackCaps,
  enabled: v.optional(v.boolean()),
};

export const providerKeyCreate = v.strictObject({ provider: text(50), credential: v.unknown(), ...providerKeyFields });
export const providerKeyUpdate = v.strictObject({ credential: v.optional(v.unknown()), ...providerKeyFields });
export const providerKeyTest = v.strictObject({ model: v.optional(text(1000)) });

const limit = (most: number) => v.optional(v.nullable(whole(1, most)));
const limitsPerMinute = { requests_per_minute: limit(1e9), tokens_per_minute: limit(1e12) };

const apiKeyLimits = {
  ...limitsPerMinute,
  requests_per_day: limit(1e9),
  spend_month_usd: v.optional(v.nullable(usd)),
  spend_total_usd: v.optional(v.nullable(usd)),
  models: v.optional(v.nullable(modelList)),
  expires_at: v.optional(v.nullable(time('start'))),
};
const scopes = v.pipe(
  v.array(v.picklist(['inference', 'manage'])),
  v.minLength(1, 'must name at least one scope'),
  v.maxLength(2, 'must not repeat a scope'),
);

export const apiKeyCreate = v.strictObject({ name: v.optional(v.nullable(text(200))), scopes, ...apiKeyLimits });
export const apiKeyUpdate = v.strictObject({
  name: v.optional(v.nullable(text(200))),
  scopes: v.optional(scopes),
  enabled: v.optional(v.boolean()),
  ...apiKeyLimits,
});

export const apiKeyRotate = v.strictObject({ overlap_seconds: v.optional(whole(0, 30 * 86_400)) });

export const workspaceCreate = v.strictObject({ name: text(200), credit_usd: v.optional(usd) });
export const workspaceUpdate = v.strictObject({
  name: v.optional(text(200)),
  enabled: v.optional(v.boolean()),
  suspended: v.optional(v.boolean()),
  suspended_reason: v.optional(v.nullable(text(300))),
  ...limitsPerMinute,
  requests_in_flight: limit(1e6),
  retention_days: v.optional(whole(1, 3650)),
  ...fallbackCaps,
});
export const creditsCreate = v.strictObject({ amount_usd: usd, idempotency_key: text(200) });

/** A number in a query or a header. */
export const digits = (least: number, most: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d{1,9}$/, 'must be a whole number'),
    v.check((value) => Number(value) >= least && Number(value) <= most, `must be from ${least} to ${most}`),
    v.transform(Number),
  );
export const inferenceHeaders = v.object({
  'x-keyway-credentials': v.optional(v.picklist(['byok-first', 'byok-only', 'platform-only']), 'byok-first'),
  'x-keyway-provider-key': v.optional(
    v.pipe(v.string(), v.regex(/^pk_[0-9A-Z]{26}$/i, 'must be the id of a provider key, pk_…')),
  ),
  'x-keyway-timeout-ms': v.optional(digits(1, 900_000)),
});
