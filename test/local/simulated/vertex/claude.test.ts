import { describe, expect, it } from 'vitest';
import { type Answer, list } from '../../../../local/simulated/values.ts';
import { vertexClaude } from '../../../../local/simulated/vertex/claude.ts';
import { countGemini, gemini } from '../../../../local/simulated/vertex/gemini.ts';

const request = {
  anthropic_version: 'vertex-2023-10-16',
  max_tokens: 2048,
  messages: [{ role: 'user', content: 'hi there' }],
};
const model = 'claude-sonnet-4-5@20250929';

const contentOf = (answer: Answer) => ('json' in answer ? list(answer.json.content) : []);

describe('Claude on the simulated Vertex AI', () => {
  it('answers and streams in its own format', () => {
    expect(vertexClaude(request, model, false, [])).toMatchObject({
      json: {
        id: expect.stringMatching(/^msg_vrtx_/),
        model: 'claude-sonnet-4-5-20250929',
        content: [{ text: 'hi there' }],
      },
    });
    const { events = [] } = vertexClaude(request, model, true, []) as { events?: string[] };
    const names = events.map((event) => /^event: (\w+)\n/.exec(event)?.[1]);
    expect(names).toEqual([
      'message_start',
      'content_block_start',
      'ping',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });

  it('thinks between calls with the beta of the header', () => {
    const tools = [{ name: 'look_up', input_schema: { type: 'object', properties: {} } }];
    const thinking = { type: 'enabled', budget_tokens: 1024 };
    const body = { ...request, tools, thinking, messages: [{ role: 'user', content: 'look_up' }] };
    const content = contentOf(vertexClaude(body, model, false, []));
    const result = { type: 'tool_result', tool_use_id: content[1]?.id, content: 'found' };
    const messages = [...body.messages, { role: 'assistant', content }, { role: 'user', content: [result] }];
    const types = (betas: string[]) =>
      contentOf(vertexClaude({ ...body, messages }, model, false, betas)).map(({ type }) => type);
    expect(types([])).toEqual(['text']);
    expect(types(['interleaved-thinking-2025-05-14'])).toEqual(['thinking', 'text']);
  });

  it('counts tokens for the model in the body, with or without a version', () => {
    const counted = { model, messages: request.messages };
    expect(vertexClaude(counted, 'count-tokens', false, [])).toEqual({ json: { input_tokens: 12 } });
    expect(vertexClaude({ ...counted, ...request }, 'count-tokens', false, [])).toEqual({ json: { input_tokens: 12 } });
    expect(vertexClaude(request, 'count-tokens', false, [])).toEqual({ refused: 'model: Field required' });
  });

  it.each([undefined, 'bedrock-2023-05-31'])('refuses the version %s', (anthropic_version) => {
    expect(vertexClaude({ ...request, anthropic_version }, model, false, [])).toMatchObject({
      refused: expect.stringContaining('anthropic_version'),
    });
  });
});

describe('the simulated Gemini', () => {
  const contents = [{ role: 'user', parts: [{ text: 'write "hello" to notes.txt' }] }];
  const systemInstruction = { parts: [{ text: 'cwd: /srv/app' }] };
  const parameters = {
    type: 'OBJECT',
    properties: { path: { type: 'STRING' }, content: { type: 'STRING' } },
    required: ['path', 'content'],
  };
  const tools = [{ functionDeclarations: [{ name: 'write_file', parameters }] }];

  it('thinks where it is told to, and shows it where that is asked for', () => {
    const thinkingConfig = { includeThoughts: true, thinkingBudget: 512 };
    const body = { contents, systemInstruction, tools, generationConfig: { thinkingConfig } };
    expect(gemini(body, 'gemini-2.5-flash', false)).toMatchObject({
      json: {
        candidates: [
          {
            content: {
              parts: [
                { text: expect.any(String), thought: true },
                { functionCall: { name: 'write_file', args: { path: '/srv/app/notes.txt', content: 'hello' } } },
              ],
            },
          },
        ],
        usageMetadata: { thoughtsTokenCount: expect.any(Number) },
      },
    });
    const silent = { ...body, generationConfig: { thinkingConfig: { thinkingBudget: 0, includeThoughts: true } } };
    expect(JSON.stringify(gemini(silent, 'gemini-2.5-flash', false))).not.toMatch(/thought/i);
  });

  it('says what its functions answered', () => {
    const call = { role: 'model', parts: [{ functionCall: { name: 'write_file', args: {} } }] };
    const response = {
      role: 'user',
      parts: [{ functionResponse: { name: 'write_file', response: { content: 'saved' } } }],
    };
    expect(
      JSON.stringify(gemini({ contents: [...contents, call, response], tools }, 'gemini-2.5-flash', false)),
    ).toContain('Done. The tool said: saved');
  });

  it('counts tokens', () => {
    expect(countGemini({ contents })).toEqual({
      json: { totalTokens: 7, promptTokensDetails: [{ modality: 'TEXT', tokenCount: 7 }] },
    });
    expect(countGemini({ contents: [] })).toHaveProperty('refused');
  });
});
