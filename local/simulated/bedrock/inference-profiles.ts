import type { JsonObject } from '../../../functions/core/json.ts';

/** The account's application inference profiles: `arn:aws:bedrock:<region>:<account>:application-inference-profile/<id>`. */
export const simulatedProfiles: Record<string, string> = {
  simclaude0001: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
  simnova000001: 'amazon.nova-lite-v1:0',
  simtitan00001: 'amazon.titan-embed-text-v2:0',
};

const pattern = /^arn:aws:bedrock:([a-z0-9-]+):\d{12}:application-inference-profile\/(\w+)$/;

/** The model that a profile of the account leads to; null for other ids. */
export function modelBehind(arn: string): string | null {
  return simulatedProfiles[pattern.exec(arn)?.[2] ?? ''] ?? null;
}

/** docs.aws.amazon.com/bedrock/latest/APIReference/API_GetInferenceProfile.html, response syntax. */
export function profileOf(arn: string): JsonObject | null {
  const model = modelBehind(arn);
  const [, region = '', id = ''] = pattern.exec(arn) ?? [];
  if (model === null) return null;
  return {
    inferenceProfileArn: arn,
    inferenceProfileId: id,
    inferenceProfileName: id,
    models: [region, 'us-west-2'].map((each) => ({ modelArn: `arn:aws:bedrock:${each}::foundation-model/${model}` })),
    status: 'ACTIVE',
    type: 'APPLICATION',
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-01T00:00:00Z',
  };
}
