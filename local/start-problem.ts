/** Why the local server cannot start, in words for the person who started it; printed without a stack. */
export class StartProblem extends Error {}
