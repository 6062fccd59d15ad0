export const hourMs = 3_600_000;

/** Longer than any function runs (15 minutes): whoever began earlier is not at work any more. */
export const leaseMs = 20 * 60_000;

/** Until when (epoch ms) hours can be closed: none of their requests can still be running. */
export function closableUntil(now: number): number {
  return Math.floor((now - leaseMs) / hourMs) * hourMs;
}
