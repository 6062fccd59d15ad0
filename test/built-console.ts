import { buildConsole } from '../scripts/build-console.ts';

/** The page that the gateway under test serves, built once before all tests when its sources have changed. */
export async function setup(): Promise<void> {
  await buildConsole();
}
