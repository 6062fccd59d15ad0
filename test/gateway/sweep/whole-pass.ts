import {
  newPass,
  type Pass,
  type SweepSecretsDeps,
  type Swept,
  sweepSecrets,
} from '../../../functions/gateway/sweep/sweep-secrets.ts';

/** A pass over all secrets, a page at a time, each in a message of its own. */
export async function wholePass(deps: SweepSecretsDeps, mostOrphans = 0): Promise<Swept> {
  let pass: Pass = newPass(mostOrphans);
  for (;;) {
    const { swept, next } = await sweepSecrets(pass, () => true, deps);
    if (next === null) return swept;
    pass = JSON.parse(JSON.stringify(next));
  }
}
