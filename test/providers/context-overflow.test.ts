import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../functions/core/errors.ts';
import type { Failure } from '../../functions/core/routing/failure.ts';
import { anthropicMessages } from '../../functions/dialects/anthropic-messages/door.ts';
import { openaiResponses } from '../../functions/dialects/openai-responses/door.ts';
import { toFailure } from '../../functions/providers/bedrock/errors/errors.ts';
import { fromErrorObject } from '../../functions/providers/openai/errors.ts';
import { readError } from '../../functions/providers/vertex/errors/errors.ts';

const bedrock = (name: string, message: string, httpStatusCode = 400): Failure =>
  toFailure(
    { name, message, $metadata: { httpStatusCode } },
    { region: 'eu-west-1', model: 'anthropic.claude-x', credential: 'api_key', providerRequestId: null },
  );
const vertex = (error: Record<string, unknown>, status: number | null = 400): Failure =>
  readError(error, { project: 'p', region: 'global', model: 'm' }, status);
const tooLong = 'prompt is too long: 210118 tokens > 200000 maximum';

describe('a conversation that is too long for the model', () => {
  it.each<[string, Failure]>([
    // https://github.com/aws-samples/assessment-generator/issues/2
    ['Bedrock', bedrock('ValidationException', 'Input is too long for requested model.')],
    // https://github.com/aaif-goose/goose/pull/7504
    ['Claude on Bedrock', bedrock('ValidationException', `The model returned the following errors: ${tooLong}`)],
    ['Bedrock, in a stream', bedrock('modelStreamErrorException', 'Input is too long for requested model.', 424)],
    // https://github.com/open-metadata/OpenMetadata/pull/29920
    ['Titan', bedrock('ValidationException', 'Too many input tokens. Max input tokens: 8192')],
    // https://github.com/google-gemini/gemini-cli/issues/12098, https://github.com/arkavo-org/arkavo-edge/issues/371
    [
      'Gemini',
      vertex({
        code: 400,
        message: 'The input token count (314175) exceeds the maximum number of tokens allowed (131072).',
        status: 'INVALID_ARGUMENT',
      }),
    ],
    [
      'Gemini, without its count',
      vertex({ message: 'The input token count exceeds the maximum number of tokens allowed (1048576).' }),
    ],
    // https://github.com/anthropics/claude-code/issues/820
    ['Claude on Vertex', vertex({ type: 'invalid_request_error', message: tooLong })],
    // https://github.com/stackblitz/bolt.new/issues/7414
    [
      'Claude, with its limit',
      vertex({
        type: 'invalid_request_error',
        message: 'input length and `max_tokens` exceed context limit: 90402 + 116650 > 204648, decrease input length',
      }),
    ],
    ['OpenAI', fromErrorObject({ code: 'context_length_exceeded', message: 'Too long.' }, 400)],
    // https://github.com/openai/codex/blob/main/codex-rs/codex-api/src/sse/responses.rs
    [
      'OpenAI, in a stream',
      fromErrorObject({ message: 'Your input exceeds the context window of this model. Please adjust it.' }, null),
    ],
    // https://github.com/refly-ai/refly/issues/1177
    [
      'a server that speaks its format',
      fromErrorObject({ code: 400, message: "This endpoint's maximum context length is 32768 tokens." }, 400),
    ],
  ])('is told by %s under OpenAI’s code, and is the request’s fault', (_who, failure) => {
    expect(failure).toMatchObject({ kind: 'bad_request', code: 'context_length_exceeded' });
  });

  it.each<[string, Failure]>([
    ['a limit of tokens per minute', fromErrorObject({ code: 'rate_limit_exceeded', message: tooLong }, 429)],
    ['an answer that may not be so long', bedrock('ValidationException', 'The maximum tokens you requested exceeds')],
    ['a picture', vertex({ type: 'invalid_request_error', message: 'image exceeds 5 MB maximum' })],
  ])('is not %s', (_what, failure) => {
    expect(failure.code).not.toBe('context_length_exceeded');
  });

  it('is told Codex where it looks, and others where they do', () => {
    const told = (userAgent: string | null, code = 'context_length_exceeded') => {
      const providerError = { provider: 'bedrock', status: 400, code, message: 'Too long.', request_id: null };
      const error = new GatewayError('invalid_request', 'Too long.', { providerError });
      return openaiResponses.writeError(error, 'req_1', userAgent).error;
    };
    for (const program of ['codex_cli_rs/0.169.0 (Debian)', 'codex_exec/0.169.0', 'codex_vscode/1', 'codex-tui/1'])
      expect(told(program)).toMatchObject({
        code: 'context_length_exceeded',
        provider_error: { code: 'context_length_exceeded' },
      });
    for (const program of ['OpenAI/JS 7', 'mycodex/1', 'codexplorer/1', null])
      expect(told(program)).toMatchObject({
        code: 'invalid_request',
        provider_error: { code: 'context_length_exceeded' },
      });
    expect(told('codex_exec/0.169.0', 'invalid_value')).toMatchObject({ code: 'invalid_request' });
  });

  it('is told in Anthropic’s words behind the Messages door, which agents for Claude look for', () => {
    const told = (message: string, code = 'context_length_exceeded') => {
      const providerError = { provider: 'vertex', status: 400, code, message, request_id: null };
      return anthropicMessages.writeError(new GatewayError('invalid_request', message, { providerError }), 'req_1');
    };
    expect(told('The input token count exceeds …')).toMatchObject({
      error: { code: 'invalid_request', message: 'The input token count exceeds … (prompt is too long)' },
    });
    expect(told(tooLong)).toMatchObject({ error: { message: tooLong } });
    expect(told('no', 'INVALID_ARGUMENT')).toMatchObject({ error: { message: 'no' } });
  });
});
