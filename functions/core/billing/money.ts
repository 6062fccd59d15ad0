/** USD in integer nano-dollars (1e-9 USD). Safe up to 9 million USD in a double. */
export type NanoUsd = number;

/** The smallest amount that is shown and charged: 1e-7 USD (docs/api.md: seven places). */
const shownUnit = 100;

/** `"0.0000125"`; amounts that are no multiple of 1e-7 USD are shown rounded. */
export function formatUsd(nano: NanoUsd): string {
  const units = Math.round(Math.abs(nano) / shownUnit);
  const whole = Math.floor(units / 1e7);
  const places = String(units % 1e7).padStart(7, '0');
  return `${nano < 0 && units > 0 ? '-' : ''}${whole}.${places}`;
}

/** Reads `"2.5"`; null unless it is a plain non-negative decimal of at most seven places and a million USD. */
export function parseUsd(text: string): NanoUsd | null {
  const found = /^(\d{1,7})(?:\.(\d{1,7}))?$/.exec(text);
  if (!found) return null;
  const nano = Number(found[1]) * 1e9 + Number((found[2] ?? '').padEnd(7, '0')) * shownUnit;
  return nano <= 1e15 ? nano : null;
}

/**
 * Charges are whole multiples of what can be shown, so that answers, log and balance agree to the last digit.
 * Whole nano-dollars are rounded exactly; a fraction (a fee in percent) first loses its floating-point noise.
 */
export function roundUpToCharge(nano: number): NanoUsd {
  const exact = Number.isInteger(nano) ? nano : Math.round(nano * 1000) / 1000;
  return Math.ceil(exact / shownUnit) * shownUnit;
}
