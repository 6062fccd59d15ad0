import type { ProviderDefinition } from '../definition.ts';
import { bedrockFormIn, storedBedrockForm } from './connection/role.ts';

const apiKey = { type: 'string', title: 'API key of Bedrock', pattern: '^(ABSK|bedrock-api-key-)', writeOnly: true };
const region = { type: 'string', title: 'AWS region' };

export const bedrock: ProviderDefinition = {
  name: 'bedrock',
  title: 'Bedrock',
  telemetryName: 'aws.bedrock',
  form: storedBedrockForm,
  formIn: bedrockFormIn,
  credentialSchemas: [
    apiKey,
    { type: 'object', properties: { apiKey, region }, required: ['apiKey'] },
    {
      type: 'object',
      properties: {
        accessKeyId: { type: 'string', pattern: '^\\w{16,128}$' },
        secretAccessKey: { type: 'string', writeOnly: true },
        sessionToken: { type: 'string', writeOnly: true },
        region,
      },
      required: ['accessKeyId', 'secretAccessKey', 'region'],
    },
    {
      type: 'object',
      title: 'Role that trusts this gateway',
      properties: { roleArn: { type: 'string', pattern: '^arn:aws[a-z-]*:iam::\\d{12}:role/.+$' }, region },
      required: ['roleArn', 'region'],
    },
  ],
  permissions: [
    'bedrock:InvokeModel',
    'bedrock:InvokeModelWithResponseStream',
    // The user behind an API key.
    'bedrock:CallWithBearerToken',
  ],
  documentation: 'https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html',
  testModel: 'amazon.nova-micro-v1:0',
  ambient: true,
  addresses: ['AWS_ENDPOINT_URL_BEDROCK_RUNTIME', 'AWS_ENDPOINT_URL_BEDROCK', 'AWS_ENDPOINT_URL_STS'],
};
