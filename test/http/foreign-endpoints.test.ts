import { describe, expect, it, test } from 'vitest';
import { endpoints, servedPaths } from '../../functions/endpoints.ts';
import { foreignEndpoint } from '../../functions/http/foreign-endpoints.ts';

describe("an endpoint of a provider's own API", () => {
  test.each([
    ['POST', '/v1/images/generations', 'Image generation'],
    ['POST', '/images/edits', 'Image generation'],
    ['POST', '/v1/audio/transcriptions', 'Audio'],
    ['GET', '/v1/responses/resp_1', 'stored responses'],
    ['GET', '/v1/responses/resp_1/input_items', 'stored responses'],
    ['GET', '/v1/chat/completions/chatcmpl-1', 'stored completions'],
    ['GET', '/v1/chat/completions', 'stored completions'],
    ['POST', '/v1/messages/batches', 'Batches'],
    ['POST', '/v1/batches/', 'Batches'],
    ['GET', '/v1/files/file-1/content', 'Files'],
    ['POST', '/v1/moderations', 'Moderations'],
    ['POST', '/v1/threads/t/runs', 'Assistants'],
    ['POST', '/v1/complete', 'Text Completions'],
  ])('%s %s is refused by its name, with what there is instead', (method, path, what) => {
    const error = foreignEndpoint(method, path);
    expect(error).toMatchObject({ code: 'not_found', status: 404 });
    expect(error?.message).toContain(`${method} /v1${path.replace(/^\/v1/, '').replace(/\/$/, '')}`);
    expect(error?.message).toContain(what);
    expect(error?.details.hint).toMatch(/^Instead there is .+docs\/api\.md/);
  });

  it('is none that the gateway serves', () => {
    for (const endpoint of endpoints) {
      for (const path of servedPaths(endpoint)) {
        expect(foreignEndpoint(endpoint.method, path.replace(/\{\w+\+?\}/g, 'x'))).toBeNull();
      }
    }
  });

  test.each(['/v1/nothing', '/', '/v1', '/v1/imagesque', '/v1/embeddings/x'])("%s is nobody's", (path) => {
    expect(foreignEndpoint('GET', path)).toBeNull();
  });
});
