import type { Schemas } from '../../client/client.ts';
import { formatCount, formatExact, formatUsd } from '../../client/format.ts';
import { ModelsField, modelsFrom } from '../keys/models-field.tsx';
import { TextField } from '../parts/controls.tsx';

export type ApiKey = Schemas['ApiKey'];

/** The limits as they are typed; an empty field is no limit. */
export interface Limits {
  requests_per_minute: string;
  requests_per_day: string;
  tokens_per_minute: string;
  spend_month_usd: string;
  spend_total_usd: string;
  expires_at: string;
  models: string;
}

const counts = ['requests_per_minute', 'requests_per_day', 'tokens_per_minute'] as const;
const amounts = ['spend_month_usd', 'spend_total_usd'] as const;
const words = {
  requests_per_minute: 'Requests a minute',
  requests_per_day: 'Requests a day',
  tokens_per_minute: 'Tokens a minute',
  spend_month_usd: 'Credit a month, USD',
  spend_total_usd: 'Credit in all, USD',
};

export function limitsOf(key: ApiKey | null): Limits {
  const text = (value: string | number | null | undefined) => (value == null ? '' : String(value));
  return {
    requests_per_minute: text(key?.requests_per_minute),
    requests_per_day: text(key?.requests_per_day),
    tokens_per_minute: text(key?.tokens_per_minute),
    spend_month_usd: text(key?.spend_month_usd && Number(key.spend_month_usd)),
    spend_total_usd: text(key?.spend_total_usd && Number(key.spend_total_usd)),
    expires_at: key?.expires_at == null ? '' : localInput(key.expires_at),
    models: (key?.models ?? []).join('\n'),
  };
}

export function toBody(limits: Limits) {
  const count = (text: string) => (text.trim() === '' ? null : Number(text));
  const amount = (text: string) => (text.trim() === '' ? null : text.trim());
  return {
    requests_per_minute: count(limits.requests_per_minute),
    requests_per_day: count(limits.requests_per_day),
    tokens_per_minute: count(limits.tokens_per_minute),
    spend_month_usd: amount(limits.spend_month_usd),
    spend_total_usd: amount(limits.spend_total_usd),
    expires_at: limits.expires_at === '' ? null : new Date(limits.expires_at).toISOString(),
    models: modelsFrom(limits.models),
  };
}

export function LimitFields({ limits, change }: { limits: Limits; change: (limits: Limits) => void }) {
  const set = (name: keyof Limits) => (value: string) => change({ ...limits, [name]: value });
  return (
    <details class="limits" open={Object.values(limits).some((value) => value !== '')}>
      <summary>Limits and expiry</summary>
      <div class="stack">
        <div class="two">
          {counts.map((name) => (
            <TextField
              key={name}
              label={words[name]}
              type="number"
              min={1}
              step={1}
              value={limits[name]}
              change={set(name)}
            />
          ))}
          {amounts.map((name) => (
            <TextField
              key={name}
              label={words[name]}
              inputMode="decimal"
              pattern="\d+(\.\d{1,7})?"
              value={limits[name]}
              change={set(name)}
            />
          ))}
          <TextField label="Expires" type="datetime-local" value={limits.expires_at} change={set('expires_at')} />
        </div>
        <ModelsField value={limits.models} change={set('models')} />
      </div>
    </details>
  );
}

/** "60 requests a minute, $20.00 a month" */
export function limitsInWords(key: ApiKey): string[] {
  return [
    key.requests_per_minute !== null && `${formatCount(key.requests_per_minute)} requests a minute`,
    key.requests_per_day !== null && `${formatCount(key.requests_per_day)} requests a day`,
    key.tokens_per_minute !== null && `${formatCount(key.tokens_per_minute)} tokens a minute`,
    key.spend_month_usd !== null && `${formatUsd(key.spend_month_usd)} a month`,
    key.spend_total_usd !== null && `${formatUsd(key.spend_total_usd)} in all`,
    key.models !== null && `only ${key.models.join(', ')}`,
    key.expires_at !== null && `until ${formatExact(key.expires_at)}`,
  ].filter((each) => each !== false);
}

/** `2026-12-31T01:00` in the reader's time zone, as the browser's field takes it. */
function localInput(iso: string): string {
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
