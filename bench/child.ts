/** What every process of the benchmark tells the one that measures: where it listens, and how much CPU it has used (microseconds, user and system). */
export function report(url: string): void {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpu: user + system });
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ url });
}
