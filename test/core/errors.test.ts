import { describe, expect, it } from 'vitest';
import { describeUnforeseen } from '../../functions/core/errors.ts';

describe('an error that nobody foresaw', () => {
  it('is logged by its name and place, without its message, even one that looks like places', () => {
    const described = describeUnforeseen(
      new TypeError('sk-FAKE-one\n    at sk-FAKE-two (file:///secret)\n    at sk-FAKE-three'),
    );
    expect(described).toContain('TypeError\n');
    expect(described).toContain('errors.test.ts');
    expect(described).not.toContain('sk-FAKE');
  });

  it('is logged by its place when it has no message', () => {
    expect(describeUnforeseen(new Error())).toContain('errors.test.ts');
  });

  it('that is none is not repeated', () => {
    expect(describeUnforeseen('sk-FAKE-one')).toBe('unknown');
  });
});
