/** Time that passes only when everybody waits: hours go by in seconds, and who does things at once shares the time. */
export interface VirtualTime {
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Lets time pass until `main` is done. */
  run(main: () => Promise<void>): Promise<void>;
}

export function createVirtualTime(start: number): VirtualTime {
  let now = start;
  const waiting = new Map<number, (() => void)[]>();
  /** The times in `waiting`, as a heap whose first is the earliest. */
  const heap: number[] = [];
  const push = (at: number) => {
    let i = heap.push(at) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if ((heap[parent] as number) <= at) break;
      heap[i] = heap[parent] as number;
      i = parent;
    }
    heap[i] = at;
  };
  const pop = (): number | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      if (left >= heap.length) break;
      const least = left + 1 < heap.length && (heap[left + 1] as number) < (heap[left] as number) ? left + 1 : left;
      if ((heap[least] as number) >= last) break;
      heap[i] = heap[least] as number;
      i = least;
    }
    heap[i] = last;
    return first;
  };
  return {
    now: () => now,
    sleep: (ms) =>
      new Promise((resolve) => {
        const at = now + Math.max(0, ms);
        const there = waiting.get(at);
        if (there) there.push(resolve);
        else {
          waiting.set(at, [resolve]);
          push(at);
        }
      }),
    async run(main) {
      let done = false;
      const ended = main().finally(() => {
        done = true;
      });
      for (;;) {
        // Everything that can go on without time passing does so.
        await new Promise((resolve) => setImmediate(resolve));
        if (done) return ended;
        const at = pop();
        if (at === undefined) throw new Error('Everybody waits, and nobody for a time.');
        now = at;
        const ready = waiting.get(at) ?? [];
        waiting.delete(at);
        for (const resume of ready) resume();
      }
    },
  };
}
