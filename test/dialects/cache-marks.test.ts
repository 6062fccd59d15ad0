import { describe, expect, it } from 'vitest';
import { claudeModel } from '../../functions/dialects/anthropic-messages/claude-models.ts';
import { anthropicMessagesUpstream } from '../../functions/dialects/anthropic-messages/upstream.ts';
import { converse } from '../../functions/dialects/converse/upstream.ts';
import { readRequest } from '../../functions/dialects/openai-chat/request/read-request.ts';

// Whole messages and functions are marked by https://docs.litellm.ai/docs/completion/prompt_caching; parts by
// https://openrouter.ai/docs/features/prompt-caching.
describe('marks for prompt caching on whole messages and functions', () => {
  const mark = { type: 'ephemeral', ttl: '1h' };
  const asked = readRequest({
    model: 'm',
    messages: [
      { role: 'system', content: 'long', cache_control: mark },
      { role: 'user', content: 'weather?', cache_control: { type: 'ephemeral' } },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
        cache_control: mark,
      },
      { role: 'tool', tool_call_id: 'a', content: '21', cache_control: mark },
    ],
    tools: [{ type: 'function', function: { name: 'f', cache_control: mark } }],
  });

  it('reach Claude on Vertex', () => {
    const host = { version: null, takesAddresses: false, takesUserId: false, structured: false };
    const traits = { ...claudeModel('claude-sonnet-4-5'), ...host };
    expect(anthropicMessagesUpstream.writeRequest(asked, traits).body).toMatchObject({
      system: [{ text: 'long', cache_control: mark }],
      tools: [{ name: 'f', cache_control: mark }],
      messages: [
        { content: [{ text: 'weather?', cache_control: { type: 'ephemeral' } }] },
        { content: [{ type: 'tool_use', cache_control: mark }] },
        { content: [{ type: 'tool_result', cache_control: mark }] },
      ],
    });
  });

  it('reach Claude on Bedrock', () => {
    const hour = { cachePoint: { type: 'default', ttl: '1h' } };
    const model = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
    expect(converse.writeRequest(asked, { model, images: new Map() }).body).toMatchObject({
      system: [{ text: 'long' }, hour],
      toolConfig: { tools: [{ toolSpec: { name: 'f' } }, hour] },
      messages: [
        { content: [{ text: 'weather?' }, { cachePoint: { type: 'default' } }] },
        { content: [{ toolUse: { name: 'f' } }, hour] },
        { content: [{ toolResult: { toolUseId: 'a' } }, hour] },
      ],
    });
  });
});
