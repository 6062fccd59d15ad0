#!/usr/bin/env node
// `npx keyway`: bin/keyway.ts with the pinned Node, installed first where it is missing. Plain JavaScript, as bin/run.mjs is.
import { fileURLToPath } from 'node:url';

process.argv.splice(2, 0, 'node', fileURLToPath(new URL('keyway.ts', import.meta.url)));
await import('./run.mjs');
