import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    globalSetup: 'test/built-console.ts',
    // Two cores are what the smallest CI machines have.
    maxWorkers: 2,
    pool: 'forks',
    // Concurrent tests wait for time-outs most of the time.
    maxConcurrency: 20,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    allowOnly: false,
  },
});
