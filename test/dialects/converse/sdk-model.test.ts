import { expect, it } from 'vitest';
import { modelErrors } from './sdk-model.ts';

it.each([
  [{ messages: [] }, ['.modelId is missing']],
  [{ modelId: 'm', stop: 'x' }, ['.stop is unknown']],
  [{ modelId: 'm', inferenceConfig: { maxTokens: '7' } }, ['.inferenceConfig.maxTokens is no value of kind 1']],
  [{ modelId: 'm', inferenceConfig: { stopSequences: 'x' } }, ['.inferenceConfig.stopSequences is no list']],
  [
    { modelId: 'm', messages: [{ role: 'user', content: [{ text: 'x', cachePoint: { type: 'default' } }] }] },
    ['.messages.0.content.0 holds 2 things'],
  ],
  [{ modelId: 'm', requestMetadata: { a: 1 } }, ['.requestMetadata.a is no value of kind 0']],
  [
    { modelId: 'm', messages: [{ role: 'user', content: [{ image: { format: 'png', source: { bytes: 'AA==' } } }] }] },
    ['.messages.0.content.0.image.source.bytes is no value of kind 21'],
  ],
])('the SDK’s model finds what is wrong with %j', (body, errors) => {
  expect(modelErrors(body)).toEqual(errors);
});
