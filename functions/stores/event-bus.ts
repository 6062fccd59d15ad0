import type { EventBridgeClientConfig } from '@aws-sdk/client-eventbridge';
import type { Events } from '../core/ports.ts';
import { createRequestHandler } from './dynamodb/request-handler.ts';

/** Events on an EventBridge bus. Its SDK is loaded for the first event: most processes never see one. */
export function createEventBus(bus: string, where: Where = {}): Events {
  let loading: ReturnType<typeof load> | null = null;
  return {
    async publish({ type, detail }) {
      loading ??= load(where);
      const { client, PutEventsCommand } = await loading;
      const answer = await client.send(
        new PutEventsCommand({
          Entries: [{ EventBusName: bus, Source: 'keyway', DetailType: type, Detail: JSON.stringify(detail) }],
        }),
      );
      // PutEvents answers 200 also when it took none.
      if ((answer.FailedEntryCount ?? 0) > 0)
        throw new Error(`EventBridge: ${answer.Entries?.[0]?.ErrorCode ?? 'an event was refused'}.`);
    },
  };
}

type Where = Pick<EventBridgeClientConfig, 'endpoint' | 'region' | 'credentials'>;

async function load(where: Where) {
  const { EventBridgeClient, PutEventsCommand } = await import('@aws-sdk/client-eventbridge');
  return {
    client: new EventBridgeClient({ ...where, maxAttempts: 2, requestHandler: createRequestHandler(64) }),
    PutEventsCommand,
  };
}
