import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Refusal } from '../../../functions/core/chat/refusal.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import { openaiResponses } from '../../../functions/dialects/openai-responses/door.ts';
import { editRequest } from '../../../functions/dialects/openai-responses/native.ts';
import { head } from './conversations.ts';

const word = fc.constantFrom(
  ...[
    'message',
    'function_call',
    'function_call_output',
    'reasoning',
    'local_shell_call',
    'image_generation_call',
    'namespace',
  ],
  ...[
    'input_text',
    'input_image',
    'input_file',
    'input_audio',
    'custom',
    'user',
    'assistant',
    'kw1.',
    'kw1.e30',
    'gAAAA',
    'data:',
  ],
);
const field = fc.constantFrom(
  ...[
    'input',
    'type',
    'role',
    'content',
    'output',
    'tools',
    'tool_choice',
    'text',
    'format',
    'reasoning',
    'name',
    'id',
    'call_id',
  ],
  ...[
    'arguments',
    'action',
    'summary',
    'encrypted_content',
    'file_data',
    'image_url',
    'prompt_cache_breakpoint',
    'include',
    'mode',
  ],
);
/** Bodies that look like requests here and there. */
const { node } = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.oneof(word, fc.constant(null), fc.integer(), fc.boolean()),
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(field, tie('node'), { maxKeys: 5 }),
  ),
}));
const bodies = fc.dictionary(field, node, { maxKeys: 8 }) as fc.Arbitrary<JsonObject>;

it('a body that makes no sense is refused, or made sense of, and never breaks anything', () => {
  fc.assert(
    fc.property(bodies, (body) => {
      const before = JSON.stringify(body);
      try {
        const request = openaiResponses.readRequest(body);
        openaiResponses.writeAnswer(
          { choices: [{ blocks: [], finish: { reason: 'stop' } }], usage: null },
          head,
          request,
        );
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
      }
      openaiResponses.storedThing(body);
      try {
        openaiResponses.forPlatform(body, 'tag');
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
      }
      openaiResponses.native.bounds(body, before.length);
      editRequest(body, before, { model: 'm' });
      expect(JSON.stringify(body)).toBe(before);
    }),
    { numRuns: 500 },
  );
});

it('an event that makes no sense passes, or fails the stream, and never breaks anything', () => {
  const type = fc.constantFrom(
    'response.completed',
    'response.failed',
    'response.created',
    'error',
    'response.output_item.added',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.record({ type, response: node, item: node, error: node }).map((event) => JSON.stringify(event)),
        fc.string(),
      ),
      (data) => {
        const readError = () => ({
          kind: 'overloaded' as const,
          status: null,
          code: null,
          message: '',
          providerRequestId: null,
        });
        const relay = openaiResponses.native.createRelay(head, readError);
        const frames = relay.push(data);
        expect(frames.some(({ type: kind }) => kind === 'end' || kind === 'failure')).toBe(relay.ended());
        openaiResponses.native.readAnswer(data, head);
      },
    ),
    { numRuns: 500 },
  );
});
