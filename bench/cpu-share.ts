/** As long as the kernel's quota is counted for one of Lambda's (and anybody's) cgroups, roughly. */
const periodMs = 20;

/**
 * Lets a process run for a share of the time, by stopping it (SIGSTOP) for the rest of each period. A quota counts only what a process
 * uses, this also what it waits; so times under it are the longest that a real share of the CPU would give. Ends with the process.
 */
export function limitShare(pid: number, share: number): () => void {
  if (share >= 1) return () => {};
  const began = performance.now();
  let ran = 0;
  let resumed = began;
  let running = true;
  let over = false;
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(pid, name);
    } catch {
      over = true;
    }
  };
  const turn = () => {
    if (over) return;
    const now = performance.now();
    if (running) ran += now - resumed;
    // What the timers of this process took too long is taken off the next turn.
    const due = (now - began + periodMs) * share - ran;
    running = !running && due > 0;
    signal(running ? 'SIGCONT' : 'SIGSTOP');
    resumed = now;
    setTimeout(turn, running ? Math.max(1, due) : Math.max(1, periodMs * (1 - share)));
  };
  setTimeout(turn, periodMs * share);
  return () => {
    over = true;
    signal('SIGCONT');
  };
}
