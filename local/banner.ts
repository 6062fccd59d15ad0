import type { Demo } from './demo.ts';

export interface BannerFacts {
  url: string;
  /** Null: given by the operator, so never shown. */
  adminToken: string | null;
  dataFolder: string | null;
  simulate: boolean;
  /** Null: there is none. */
  demo: Demo | null;
  model: string;
  /** The simulated providers' keys and models that fail on purpose. */
  behaviours: { use: string; does: string }[];
}

/** What follows the line that says ready. */
export function formatBanner({ url, adminToken, dataFolder, simulate, demo, model, behaviours }: BannerFacts): string {
  const rows = [
    ['Page', `${url}/console`],
    simulate && ['Providers', 'simulated, all of them: nothing leaves this machine (KEYWAY_SIMULATE=0 turns them off)'],
    ['Data', dataFolder ?? 'in memory only (KEYWAY_EPHEMERAL=1)'],
    adminToken !== null && ['Admin token', adminToken],
    demo && ['Workspace key', `${demo.key} (workspace "demo")`],
  ].filter((row) => Array.isArray(row));
  const table = rows.map(([name = '', value]) => `  ${name.padEnd(15)}${value}`);
  return ['', ...table, ...(demo ? [...examples(url, demo, model), ...failures(behaviours)] : []), ''].join('\n');
}

function examples(url: string, demo: Demo, model: string): string[] {
  const curl = (options: string, key: string, body: object) =>
    `curl ${options} ${url}/v1/chat/completions -H 'authorization: Bearer ${key}' -H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
  const body = { model, messages: [{ role: 'user', content: 'Hello from my desk' }] };
  return [
    '',
    "# Served with the workspace's own provider key (see x-keyway-credential: byok)",
    curl('-i', demo.key, body),
    '',
    "# Another workspace, whose provider key was revoked: the platform's credentials serve (see x-keyway-route)",
    curl('-i', demo.fallbackKey, body),
    '',
    '# Streamed',
    curl('-N', demo.key, { ...body, stream: true, stream_options: { include_usage: true } }),
  ];
}

function failures(behaviours: BannerFacts['behaviours']): string[] {
  return [
    '',
    '# Simulated keys (POST /v1/provider-keys) and models',
    ...behaviours.map(({ use, does }) => `#   ${use.padEnd(20)} ${does}`),
  ];
}
