import { describe, expect, it } from 'vitest';
import { withoutUnpriced } from '../../functions/core/unpriced-fields.ts';

describe('what platform credentials leave out', () => {
  it.each([
    [{ model: 'm', service_tier: 'priority' }, { model: 'm' }, ['service_tier']],
    [{ model: 'm', service_tier: 'flex', web_search_options: {} }, { model: 'm' }, ['service_tier', 'web_search_options']],
  ])('is what changes the price: %j', (body, left, dropped) => {
    expect(withoutUnpriced(body)).toEqual({ body: left, dropped });
  });

  it.each([{ model: 'm' }, { service_tier: 'auto' }, { service_tier: 'default' }, { service_tier: null, web_search_options: null }])(
    'is nothing of %j, which stays the same object',
    (body) => {
      expect(withoutUnpriced(body).body).toBe(body);
    },
  );
});
