import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generateClient } from '../../scripts/generate-client.ts';

it('the generated client says what the OpenAPI document says (else: npm run client)', async () => {
  expect(readFileSync('client/api-schema.ts', 'utf8') === (await generateClient())).toBe(true);
});
