/** What a second source says about one model. */
export interface ModelFacts {
  context?: number;
  output?: number;
  input?: string[];
  /** ISO date, or a month. */
  released?: string;
  cost?: FactsCost;
}

interface FactsRate {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
}

export interface FactsCost extends FactsRate {
  tiers?: (FactsRate & { inputTokensAbove: number })[];
}
