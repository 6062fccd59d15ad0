/** Numbers and times as the reader's own locale has them. */
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'long' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', timeZone: 'UTC' });
const whole = new Intl.NumberFormat();
const cents = new Intl.NumberFormat(undefined, { style: 'currency', currency: 'USD' });
const fine = new Intl.NumberFormat(undefined, {
  style: 'currency',
  currency: 'USD',
  minimumFractionDigits: 2,
  maximumSignificantDigits: 3,
});

/** A decimal of USD, as the API gives it. Small amounts keep three digits that say something: $0.0000125. */
export function formatUsd(amount: string | number): string {
  const value = Number(amount);
  return value === 0 || Math.abs(value) >= 1 ? cents.format(value) : fine.format(value);
}

export function formatCount(count: number): string {
  return whole.format(count);
}

/** "1 request", "17 requests" */
export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

export function formatMs(ms: number): string {
  if (ms < 1000) return `${whole.format(Math.round(ms))} ms`;
  return `${new Intl.NumberFormat(undefined, { maximumFractionDigits: ms < 10_000 ? 2 : 1 }).format(ms / 1000)} s`;
}

export function formatExact(iso: string): string {
  return exact.format(new Date(iso));
}

/** Today's times by the clock, earlier ones with their day. */
export function formatShort(iso: string, now = new Date()): string {
  const at = new Date(iso);
  return at.toDateString() === now.toDateString() ? clock.format(at) : dayAndClock.format(at);
}

/** `2026-11-23` */
export function formatDay(date: string): string {
  return day.format(new Date(`${date}T00:00:00Z`));
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** "3 minutes ago", "in 2 hours" */
export function formatAgo(iso: string, now = Date.now()): string {
  const ms = Date.parse(iso) - now;
  for (const [unit, size] of steps) {
    if (Math.abs(ms) >= size || unit === 'second') return relative.format(Math.round(ms / size), unit);
  }
  return exact.format(new Date(iso));
}
