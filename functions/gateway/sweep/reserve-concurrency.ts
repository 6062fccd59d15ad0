import type { FunctionConcurrency } from '../../core/more-ports/sweep.ts';

/**
 * Lambda keeps 100 of an account's executions for functions without a reservation, and refuses a reservation that would leave less:
 * docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html. New accounts may have no more than 10 altogether.
 */
const keptUnreserved = 100;

export interface ReserveDeps {
  concurrency: FunctionConcurrency;
  /** The functions by which operators and tenants manage, and how many executions each is to have for itself. */
  managementFunctions: { name: string; executions: number }[];
}

/**
 * Reserves concurrency for the functions that manage, so that they answer however many answers stream. Not done by the template: there a
 * reservation that the account has no room for fails the deployment, and a quota that is raised later is not noticed. Here it is made as
 * soon as there is room. What an operator has reserved is left as it is. `missing`: functions that share what inference leaves them.
 */
export async function reserveConcurrency(deps: ReserveDeps): Promise<{ reserved: number; missing: number }> {
  const count = { reserved: 0, missing: 0 };
  for (const { name, executions } of deps.managementFunctions) {
    if ((await deps.concurrency.reserved(name)) !== null) count.reserved++;
    else if ((await deps.concurrency.unreserved()) - executions < keptUnreserved) count.missing++;
    else {
      await deps.concurrency.reserve(name, executions);
      count.reserved++;
    }
  }
  return count;
}
