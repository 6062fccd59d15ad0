import { expect, it } from 'vitest';
import { answering, asking } from './claude-features.ts';
import { type Feature, roads, verdictOf } from './claude-roads.ts';

/** Which features of Anthropic's format survive on which road. A change of the table is a change that callers see. */
function tableOf(features: Record<string, Feature>): string {
  const lines = Object.entries(features).map(([name, feature]) => [
    name,
    ...Object.values(roads).map((road) => verdictOf(road, feature)),
  ]);
  const all = [['', ...Object.keys(roads)], ...lines];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? [];
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(' | ')
        .trimEnd(),
    )
    .join('\n');
}

it('what callers ask of Claude arrives', () => {
  expect(tableOf(asking)).toMatchInlineSnapshot(`
    "                              | native Bedrock | native Vertex | Messages→OpenAI | Messages→Gemini | Messages→Converse | chat→Claude | Responses→Claude
    order of text and calls       | kept           | kept          | lost            | kept            | kept              | –           | kept
    borders of text blocks        | kept           | kept          | lost            | kept            | kept              | kept        | kept
    citations of earlier answers  | kept           | kept          | lost            | lost            | kept              | –           | –
    server-tool blocks            | kept           | kept          | lost            | named           | named             | –           | –
    server tools offered          | kept           | kept          | named           | named           | named             | –           | named
    is_error                      | kept           | kept          | kept            | kept            | kept              | –           | –
    thinking budget               | kept           | kept          | lost            | kept            | lost              | kept        | –
    thinking at all               | kept           | kept          | kept            | kept            | kept              | kept        | kept
    metadata.user_id              | kept           | kept          | kept            | named           | named             | named       | named
    redacted thinking             | kept           | kept          | lost            | lost            | lost              | kept        | kept
    signatures of thinking        | kept           | kept          | lost            | lost            | lost              | kept        | kept
    interleaved thinking          | kept           | kept          | lost            | lost            | lost              | lost        | kept
    images in tool results        | kept           | kept          | kept            | kept            | kept              | kept        | kept
    titles of documents           | kept           | kept          | kept            | lost            | kept              | kept        | kept
    contexts of documents         | kept           | kept          | kept            | kept            | kept              | –           | –
    disable_parallel_tool_use     | kept           | kept          | kept            | named           | named             | kept        | kept
    system as blocks              | kept           | kept          | kept            | kept            | kept              | kept        | –
    cache_control on tools        | kept           | kept          | lost            | lost            | lost              | kept        | –
    cache_control on messages     | kept           | kept          | lost            | lost            | kept              | kept        | –
    cache_control on tool results | kept           | kept          | lost            | lost            | kept              | kept        | –
    top_k                         | kept           | kept          | named           | kept            | kept              | kept        | –
    stop_sequences                | kept           | kept          | kept            | kept            | kept              | kept        | –
    service_tier                  | kept           | kept          | kept            | named           | kept              | named       | named
    strict tools                  | kept           | kept          | kept            | kept            | lost              | lost        | lost
    temperature                   | kept           | kept          | kept            | kept            | kept              | kept        | kept"
  `);
});

it('what Claude and its stand-ins answer comes back', () => {
  expect(tableOf(answering)).toMatchInlineSnapshot(`
    "                               | native Bedrock | native Vertex | Messages→OpenAI | Messages→Gemini | Messages→Converse | chat→Claude | Responses→Claude
    order of text and calls        | kept           | kept          | –               | kept            | kept              | lost        | kept
    borders of text blocks         | kept           | kept          | –               | lost            | kept              | lost        | kept
    citations                      | kept           | kept          | lost            | –               | lost              | lost        | kept
    server-tool blocks             | kept           | kept          | –               | –               | –                 | lost        | lost
    server-tool usage              | kept           | kept          | –               | –               | –                 | lost        | lost
    the stop sequence that was met | kept           | kept          | –               | –               | kept              | lost        | lost
    pause_turn                     | kept           | kept          | –               | –               | –                 | lost        | lost
    cache writes                   | kept           | kept          | –               | –               | kept              | kept        | kept
    cache writes by their life     | kept           | kept          | –               | –               | lost              | lost        | lost
    redacted thinking              | kept           | kept          | –               | –               | kept              | kept        | kept
    signatures of thinking         | kept           | kept          | –               | kept            | kept              | kept        | kept
    interleaved thinking           | kept           | kept          | –               | –               | –                 | lost        | kept
    service_tier                   | kept           | kept          | kept            | –               | kept              | lost        | lost"
  `);
});
