import { describe, expect, it } from 'vitest';
import { withoutUnpriced } from '../../../functions/core/billing/unpriced-fields.ts';

describe('what platform credentials leave out', () => {
  it.each([
    [{ model: 'm', service_tier: 'priority' }, { model: 'm' }, ['service_tier']],
    [
      { model: 'm', service_tier: 'flex', web_search_options: {} },
      { model: 'm' },
      ['service_tier', 'web_search_options'],
    ],
  ])('is what changes the price: %j', (body, left, dropped) => {
    expect(withoutUnpriced(body)).toEqual({ body: left, dropped });
  });

  it.each([
    { model: 'm' },
    { service_tier: 'auto' },
    { service_tier: 'default' },
    { service_tier: null, web_search_options: null },
  ])('is nothing of %j, which stays the same object', (body) => {
    expect(withoutUnpriced(body).body).toBe(body);
  });

  it('is the hour of caching, wherever it is asked for, and not the caching itself', () => {
    const hour = { type: 'ephemeral', ttl: '1h' };
    const body = {
      messages: [
        { role: 'system', content: 'be brief', cache_control: hour },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a', cache_control: hour },
            { type: 'text', text: 'b' },
          ],
        },
        { role: 'user', content: 'c' },
      ],
      tools: [{ type: 'function', function: { name: 'f' }, cache_control: hour }],
    };
    const before = structuredClone(body);
    const short = { type: 'ephemeral' };
    expect(withoutUnpriced(body)).toEqual({
      body: {
        messages: [
          { role: 'system', content: 'be brief', cache_control: short },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'a', cache_control: short },
              { type: 'text', text: 'b' },
            ],
          },
          { role: 'user', content: 'c' },
        ],
        tools: [{ type: 'function', function: { name: 'f' }, cache_control: short }],
      },
      dropped: ['cache_control.ttl'],
    });
    expect(body).toEqual(before);
  });
});
