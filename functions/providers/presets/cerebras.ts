import { preset } from './preset.ts';

/**
 * https://inference-docs.cerebras.ai/resources/openai (address, model); what is refused with 400:
 * https://github.com/agentjido/req_llm/blob/main/guides/cerebras.md.
 */
export const cerebras = preset({
  name: 'cerebras',
  title: 'Cerebras',
  baseUrl: 'https://api.cerebras.ai/v1',
  documentation: 'https://inference-docs.cerebras.ai/resources/openai',
  testModel: 'gpt-oss-120b',
  quirks: { refuses: ['frequency_penalty', 'logit_bias', 'presence_penalty', 'parallel_tool_calls', 'service_tier'] },
});
