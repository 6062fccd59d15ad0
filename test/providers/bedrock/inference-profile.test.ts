import { describe, expect, it } from 'vitest';
import { modelOfProfile } from '../../../functions/providers/bedrock/connection/inference-profile.ts';
import { modelBehind, profileOf, simulatedProfiles } from '../../../local/simulated/bedrock/inference-profiles.ts';

const arn = (id: string) => `arn:aws:bedrock:eu-west-1:000000000000:application-inference-profile/${id}`;
const models = (...arns: unknown[]) => ({ models: arns.map((modelArn) => ({ modelArn })) });
const nova = 'arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0';

describe('the model of an inference profile', () => {
  it.each(Object.entries(simulatedProfiles))('%s is %s', (id, model) => {
    expect(modelOfProfile(profileOf(arn(id)))).toBe(model);
    expect(modelBehind(arn(id))).toBe(model);
  });

  it.each([
    [models(nova), 'amazon.nova-lite-v1:0'],
    [models(nova, nova.replace('eu-west-1', 'eu-west-3')), 'amazon.nova-lite-v1:0'],
    [models(nova, nova.replace('lite', 'pro')), null],
    [models(nova, 1), null],
    [models('arn:aws:bedrock:eu-west-1:1:custom-model/amazon.nova-lite-v1:0/abc'), null],
    [models(), null],
    [{ models: [null] }, null],
    [{}, null],
    ['text', null],
    [null, null],
  ])('%j is %s', (profile, model) => {
    expect(modelOfProfile(profile)).toBe(model);
  });
});
