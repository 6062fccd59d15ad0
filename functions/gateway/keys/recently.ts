/** What this process has written down lately, so that requests which run at once do not all write down the same. */
export interface Recently {
  /** True when nothing of this name was written after `since`: then it counts as written `now` (both epoch ms). */
  begin(name: string, since: number, now: number): boolean;
  /** The write failed: the next one tries. */
  failed(name: string): void;
}

/** The oldest name is forgotten when there are more than so many: what is forgotten is written once more, which harms nobody. */
export function createRecently(mostNames = 5000): Recently {
  const written = new Map<string, number>();
  return {
    begin(name, since, now) {
      const at = written.get(name);
      if (at !== undefined && at > since) return false;
      written.delete(name);
      written.set(name, now);
      const oldest = written.size > mostNames ? written.keys().next().value : undefined;
      if (oldest !== undefined) written.delete(oldest);
      return true;
    },
    failed: (name) => void written.delete(name),
  };
}
