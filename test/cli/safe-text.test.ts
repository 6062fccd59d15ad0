import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import widthOf from 'fast-string-width';
import { describe, expect, it } from 'vitest';
import { printKey } from '../../cli/keys/show-keys.ts';
import { printTest } from '../../cli/keys/test-keys.ts';
import { printRecord } from '../../cli/logs/show-log.ts';
import { type Paper, paperOf } from '../../cli/terminal/paper.ts';
import { safeJson, safeText } from '../../cli/terminal/safe-text.ts';
import { printTable } from '../../cli/terminal/table.ts';
import type { Schemas } from '../../client/client.ts';
import type { LogRecord } from '../../client/reason.ts';
import { brokenOffRecord } from '../../functions/core/log-record.ts';

/** Nothing here may come from somebody else's text. */
const unsafe = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;

/** Text as an attacker writes it: any characters, and often pieces of escape sequences. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '\u001b[31m',
        '\u001b]0;title\u0007',
        '\u001b]8;;http://evil\u001b\\link',
        '\u009b2J',
        '\u001bP',
        '\u001b',
        '\r',
        '\n',
        '\b',
        '\u202e',
        '[',
        'm',
        '\u001b[\u001b[31m',
      ),
    ),
  )
  .map((pieces) => pieces.join(''));

function paper(columns?: number): { paper: Paper; text: () => string } {
  let text = '';
  const stream = Object.assign(
    new Writable({
      write: (chunk, _, done) => {
        text += String(chunk);
        done();
      },
    }),
    { isTTY: columns !== undefined, columns },
  );
  return { paper: paperOf(stream, {}), text: () => text };
}

describe('text that somebody else wrote', () => {
  it('loses whatever a terminal would obey', () => {
    fc.assert(fc.property(hostile, (text) => !unsafe.test(safeText(text))));
  });

  it('stays as it is where there is nothing of that', () => {
    const plain = fc.string({ unit: 'grapheme' }).filter((text) => !unsafe.test(text));
    fc.assert(fc.property(plain, (text) => safeText(text) === text));
    expect(safeText('Schlüssel 🔑 für 東京 “x”')).toBe('Schlüssel 🔑 für 東京 “x”');
  });

  it('keeps the words on both sides of a sequence and of a line end', () => {
    expect(safeText('a\u001b[31mb\u001b[0m\r\nc\td')).toBe('ab c d');
    expect(safeText('see \u001b]8;;http://evil\u0007here\u001b]8;;\u0007')).toBe('see here');
  });

  it('is the same value in JSON, and as harmless', () => {
    fc.assert(
      fc.property(fc.jsonValue(), hostile, fc.constantFrom(0, 2), (value, text, indent) => {
        const json = safeJson({ value, text }, indent);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ value, text })));
        expect(unsafe.test(json.replaceAll('\n', ''))).toBe(false);
      }),
    );
  });
});

describe('what is printed', () => {
  const record = (text: string): LogRecord => ({
    ...brokenOffRecord({ requestId: 'req_1', workspaceId: 'ws_1', apiKeyId: 'ak_1', at: 0 }, 30),
    endpoint: '/v1/chat/completions',
    model: text,
    error_code: 'provider_error',
    error_message: text,
    provider_model: text,
    cost: '0.0000000',
    dropped_params: [text],
    client: { user_agent: text, ip: null },
    attempts: [
      {
        target: 'byok',
        provider: text,
        provider_key_id: 'pk_01',
        region: text,
        kind: 'credential',
        status: 401,
        code: text,
        message: text,
        provider_request_id: text,
        ms: 3,
      },
    ],
  });

  it('of a request holds nothing that a terminal obeys, whatever the provider said', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const { paper: out, text: printed } = paper();
        printRecord(out, record(text), () => text);
        expect(unsafe.test(printed().replaceAll('\n', ''))).toBe(false);
      }),
    );
  });

  it('of keys and tests neither, and at a terminal colours are all that there is', () => {
    const key = (text: string): Schemas['ProviderKey'] => ({
      ...{ id: text, object: 'provider_key', provider: text, label: text, region: text, region_source: 'field' },
      ...{ fallback_enabled: true, fallback_on: null, priority: 0, models: [text], enabled: true, version: 1 },
      ...{ fallback_cap_day_usd: null, fallback_cap_month_usd: null, last_used_at: null },
      ...{ created_at: '2026-11-25T08:00:00.000Z', updated_at: '2026-11-25T08:00:00.000Z' },
      credential: { type: 'api_key', hint: text },
      health: {
        ...{ state: 'failing', since: '2026-11-25T08:00:00.000Z', failures: 1, cooling_until: null },
        ...{ fallbacks_24h: 0, fallback_cost_24h_usd: '0.0000000' },
        last_error: { kind: 'credential', status: 401, code: text, message: text, at: '2026-11-25T08:00:00.000Z' },
      },
      trust: { policy: text } as unknown as Record<string, never>,
    });
    const test = (text: string): Schemas['ProviderKeyTest'] => ({
      ...{ object: 'provider_key_test', state: 'invalid', detail: text, hint: text, provider_status: 401 },
      ...{ model: text, latency_ms: 3, checked_at: '2026-11-25T08:00:00.000Z', region: text },
    });
    fc.assert(
      fc.property(hostile, (text) => {
        const { paper: out, text: printed } = paper(80);
        printKey(out, key(text), 0);
        printTest(out, text, test(text));
        printTable(out, [{ head: 'a', cell: (row: string) => row, flexible: true }], [text]);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the paper's own colours
        const rest = printed().replace(/\u001b\[\d+m/g, '');
        expect(unsafe.test(rest.replaceAll('\n', ''))).toBe(false);
      }),
    );
  });
});

describe('a table', () => {
  const columns = [
    { head: 'name', cell: ([name]: string[]) => name ?? '', flexible: true },
    { head: 'count', cell: ([, count]: string[]) => count ?? '', right: true },
  ];
  const printed = (rows: string[][], width?: number) => {
    const { paper: out, text } = paper(width);
    printTable(out, columns, rows);
    return stripVTControlCharacters(text()).trimEnd().split('\n');
  };

  it('counts columns of the terminal, not characters', () => {
    expect(
      printed([
        ['東京', '1'],
        ['🔑', '22'],
        ['abcde', '333'],
      ]),
    ).toEqual(['name   count', '東京       1', '🔑        22', 'abcde    333']);
  });

  it('fits the terminal, and is never shortened in a pipe', () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 60 });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, fc.constant('7'))), fc.integer({ min: 20, max: 60 }), (rows, width) => {
        for (const line of printed(rows, width)) expect(widthOf(line)).toBeLessThanOrEqual(width);
      }),
    );
    const long = 'x'.repeat(300);
    expect(printed([[long, '1']])[1]).toContain(long);
    expect(printed([[long, '1']], 40)[1]).toMatch(/^x+… +1$/);
  });
});
