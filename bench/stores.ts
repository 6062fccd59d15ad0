import { createServer } from 'node:http';
import { startDynamoDb } from '../local/dynamodb.ts';
import { listen } from '../local/listening.ts';
import { startSecretsManager } from '../local/secrets-manager.ts';
import { report } from './child.ts';

/** The stores in a process of their own, so that their CPU is not the gateway's. */
const [dynamo, secrets] = await Promise.all([startDynamoDb({ folder: null }), startSecretsManager({ file: null })]);
const addresses = createServer((_request, response) => response.end(JSON.stringify({ dynamo: dynamo.url, secrets: secrets.url })));
report((await listen(addresses)).url);
