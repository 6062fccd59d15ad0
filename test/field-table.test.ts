import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../functions/core/chat/refusal.ts';
import { openaiChat } from '../functions/dialects/openai-chat/door.ts';
import { fateOf, renderClients } from '../scripts/field-table.ts';
import type { Sent } from '../scripts/fields/roads.ts';

const paper = readFileSync(new URL('../docs/clients.md', import.meta.url), 'utf8');

describe('the table of fields', () => {
  it('in docs/clients.md is what the code does (npm run fields)', async () => {
    expect(await renderClients(paper)).toBe(paper);
  });

  it.each<[string, (body: object) => Sent]>([
    ['kept', (body) => ({ body: { ...body }, dropped: [] })],
    ['translated', (body) => ({ body: { limit: 'seed' in body }, dropped: [] })],
    ['dropped', () => ({ body: {}, dropped: ['seed'] })],
    ['ignored', () => ({ body: {}, dropped: [] })],
    [
      'refused',
      (body) => {
        if ('seed' in body) throw new Refusal('seed', 'No.');
        return { body: {}, dropped: [] };
      },
    ],
  ])('says %s where that is so', async (fate, write) => {
    const road = { title: 'any', write: async (_: unknown, body: object) => write(body) };
    expect(await fateOf(road, openaiChat, { model: 'm' }, 'seed', { value: 7 })).toBe(fate);
  });

  it('does not hide what goes wrong otherwise', async () => {
    const road = { title: 'any', write: () => Promise.reject(new TypeError('a mistake')) };
    await expect(fateOf(road, openaiChat, {}, 'seed', { value: 7 })).rejects.toThrow('a mistake');
  });
});
