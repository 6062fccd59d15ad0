import {
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
  type LambdaClientConfig,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import type { FunctionConcurrency } from '../core/more-ports/sweep.ts';

export function createLambda(
  where: Pick<LambdaClientConfig, 'endpoint' | 'region' | 'credentials'> = {},
): LambdaClient {
  return new LambdaClient({ ...where, maxAttempts: 3 });
}

export function createFunctionConcurrency(client: LambdaClient): FunctionConcurrency {
  return {
    async unreserved() {
      const { AccountLimit } = await client.send(new GetAccountSettingsCommand({}));
      return AccountLimit?.UnreservedConcurrentExecutions ?? 0;
    },
    async reserved(name) {
      const answer = await client.send(new GetFunctionConcurrencyCommand({ FunctionName: name }));
      return answer.ReservedConcurrentExecutions ?? null;
    },
    async reserve(name, executions) {
      await client.send(
        new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: executions }),
      );
    },
  };
}
