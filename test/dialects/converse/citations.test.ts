import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../functions/core/json.ts';
import { readBlock } from '../../../functions/dialects/anthropic-messages/answer/read-answer.ts';
import { writeBlock } from '../../../functions/dialects/anthropic-messages/answer/write-blocks.ts';
import { writeRequest } from '../../../functions/dialects/converse/write-request.ts';
import { chatRequest } from '../chat-request.ts';
import { assistant, user } from './turns.ts';

const cited = { cited_text: 'The law.', document_index: 1, document_title: 'Laws' };
const source = { title: 'Laws', sourceContent: [{ text: 'The law.' }] };

// https://docs.anthropic.com/en/docs/build-with-claude/citations,
// docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CitationLocation.html
const table: [string, JsonObject, JsonObject][] = [
  [
    'characters',
    { type: 'char_location', ...cited, start_char_index: 3, end_char_index: 9 },
    { ...source, location: { documentChar: { documentIndex: 1, start: 3, end: 9 } } },
  ],
  [
    'pages',
    { type: 'page_location', ...cited, start_page_number: 1, end_page_number: 2 },
    { ...source, location: { documentPage: { documentIndex: 1, start: 1, end: 2 } } },
  ],
  [
    'parts',
    { type: 'content_block_location', ...cited, start_block_index: 0, end_block_index: 1 },
    { ...source, location: { documentChunk: { documentIndex: 1, start: 0, end: 1 } } },
  ],
  [
    'search results',
    {
      ...{ type: 'search_result_location', cited_text: 'The law.', source: 'https://example.com/laws', title: 'Laws' },
      ...{ search_result_index: 2, start_block_index: 0, end_block_index: 1 },
    },
    {
      ...{ ...source, source: 'https://example.com/laws' },
      location: { searchResultLocation: { searchResultIndex: 2, start: 0, end: 1 } },
    },
  ],
  [
    'pages of the web',
    {
      ...{ type: 'web_search_result_location', cited_text: 'The law.', url: 'https://example.com' },
      ...{ title: 'Laws', encrypted_index: '' },
    },
    { ...source, location: { web: { url: 'https://example.com' } } },
  ],
];

describe('citations of', () => {
  it.each(table)(
    '%s are told in Anthropic’s words, and are Converse’s again when they come back',
    (_of, anthropic, converse) => {
      const [block = {}] = writeBlock({
        type: 'text',
        text: 'So it says.',
        citations: { format: 'converse', values: [converse] },
      });
      expect(block.citations).toEqual([anthropic]);
      const turns = [user('What does it say?'), assistant([readBlock(block)])];
      const { body } = writeRequest(chatRequest({ turns }), { model: 'anthropic.claude-sonnet-4', images: new Map() });
      expect(body.messages?.[1]?.content).toEqual([
        { citationsContent: { content: [{ text: 'So it says.' }], citations: [converse] } },
      ]);
    },
  );

  it('no known place are left out, and the text stays', () => {
    const strange = { format: 'converse', values: [{ title: 'x' }, { location: { web: {} } }, { location: {} }] };
    expect(writeBlock({ type: 'text', text: 'a', citations: strange })).toEqual([{ type: 'text', text: 'a' }]);
    const turns = [user('?'), assistant([readBlock({ type: 'text', text: 'a', citations: [{ type: 'new' }] })])];
    const { body } = writeRequest(chatRequest({ turns }), { model: 'anthropic.claude-sonnet-4', images: new Map() });
    expect(body.messages?.[1]?.content).toEqual([{ text: 'a' }]);
  });
});
