import {
  newPass,
  type Pass,
  type SweepSecretsDeps,
  type Swept,
  sweepSecrets,
} from '../../../functions/gateway/sweep/sweep-secrets.ts';

/** A pass over all secrets, a few pages at a time, each slice in a message of its own. */
export async function wholePass(deps: SweepSecretsDeps, mostOrphans = 0): Promise<Swept> {
  let pass: Pass = newPass(mostOrphans);
  for (;;) {
    let pages = 0;
    const { swept, next } = await sweepSecrets(pass, () => ++pages === 40, deps);
    if (next === null) return swept;
    pass = JSON.parse(JSON.stringify(next));
  }
}
