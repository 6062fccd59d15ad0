import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface Load {
  /** Whether another request could be one too many for the process's memory. */
  isHigh(): boolean;
  /** Counts bytes that have come of bodies that are read or served. False: there are too many already, and nothing is counted. */
  takeBody(bytes: number): boolean;
  giveBody(bytes: number): void;
  /** Since the last call, milliseconds and MiB. */
  measure(): { event_loop_delay_p99_ms: number; event_loop_delay_max_ms: number; memory_mib: number };
  stop(): void;
}

/** Above this part of the memory new requests are refused: what is running needs the rest. */
const highWater = 0.85;
/** Bodies are held as text and as what is read from it, several times their own size. */
const bodyShare = 0.1;
const lookEveryMs = 100;
const mebibyte = 1024 * 1024;

/** What the process has left. `memoryBytes`: what it may use in all. */
export function createLoad(memoryBytes: number, now: () => number = () => performance.now()): Load {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  let high = false;
  let looked = Number.NEGATIVE_INFINITY;
  let bodies = 0;
  return {
    isHigh() {
      const at = now();
      if (at - looked >= lookEveryMs) {
        looked = at;
        high = process.memoryUsage.rss() > memoryBytes * highWater;
      }
      return high;
    },
    takeBody(bytes) {
      if (bodies > 0 && bodies + bytes > memoryBytes * bodyShare) return false;
      bodies += bytes;
      return true;
    },
    giveBody(bytes) {
      bodies -= bytes;
    },
    measure() {
      const milliseconds = (nanoseconds: number) => Math.round(nanoseconds / 1e5) / 10;
      const measured = {
        event_loop_delay_p99_ms: milliseconds(delay.percentile(99)),
        event_loop_delay_max_ms: milliseconds(delay.max),
        memory_mib: Math.round(process.memoryUsage.rss() / mebibyte),
      };
      delay.reset();
      return measured;
    },
    stop: () => void delay.disable(),
  };
}
