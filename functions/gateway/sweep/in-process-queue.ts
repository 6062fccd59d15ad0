import type { WorkQueue } from '../../core/more-ports/sweep.ts';

/** The queue of a sweep that does all of its work in one process, as on a desk. */
export interface InProcessQueue<Work> extends WorkQueue<Work> {
  /** Does what waits, and what that leads to. How many pieces there were. Throws the first failure when all are done. */
  drain(run: (work: Work) => Promise<void>): Promise<number>;
}

export function createInProcessQueue<Work>(): InProcessQueue<Work> {
  const waiting: Work[] = [];
  return {
    async send(works) {
      waiting.push(...works);
    },
    waiting: async () => waiting.length,
    async drain(run) {
      const failed: unknown[] = [];
      let pieces = 0;
      for (let work = waiting.shift(); work !== undefined; work = waiting.shift()) {
        pieces++;
        try {
          await run(work);
        } catch (error) {
          failed.push(error);
        }
      }
      if (failed.length > 0) throw failed[0];
      return pieces;
    },
  };
}
