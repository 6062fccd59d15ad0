import middy from '@middy/core';
import { executionModeStreamifyResponse } from '@middy/core/StreamifyResponse';

/** The smallest handler of the gateway's kind: it relays a provider's stream, and loads SDKs on first use. */
export const handler = middy<{ provider?: string }>({ executionMode: executionModeStreamifyResponse }).handler(
  async (event) => {
    if (event.provider !== undefined) {
      const upstream = await fetch(event.provider);
      return { statusCode: upstream.status, headers: { 'content-type': 'text/event-stream' }, body: upstream.body };
    }
    const { JWT } = await import('google-auth-library');
    const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
    return {
      statusCode: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([typeof new JWT().getAccessToken, typeof new DynamoDBClient().send]),
    };
  },
);
