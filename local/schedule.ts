import type { Listening } from './listening.ts';

/**
 * Runs what EventBridge runs in a deployment: `run` once every `everyMs`, never twice at a time, and nothing is kept alive for it. A run that fails
 * is reported, and the next one comes. `close` waits for the run that is under way.
 */
export function startSchedule(
  everyMs: number,
  run: () => Promise<unknown>,
  report: (error: unknown) => void,
): Pick<Listening, 'close'> {
  let running: Promise<unknown> | null = null;
  const timer = setInterval(() => {
    running ??= run()
      .catch(report)
      .finally(() => {
        running = null;
      });
  }, everyMs);
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}
