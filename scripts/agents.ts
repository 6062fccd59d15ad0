// Runs real agents against a gateway, each through a loop of tools: npm i @anthropic-ai/claude-code @openai/codex in some folder, then
// node scripts/agents.ts <folder> <url> <key> [model …]
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const task =
  'write "hello" to notes.txt, then replace "hello" with "hello again" in notes.txt, then run "cat notes.txt"';
const usual = [
  'claude-sonnet-4-5',
  'openai/gpt-5-mini',
  'bedrock/amazon.nova-pro-v1:0',
  'vertex/gemini-3-flash-preview',
];
const patienceMs = 120_000;

interface Agent {
  command: string;
  words(model: string): string[];
  settings(model: string): Record<string, string>;
}

function agentsFor(url: string, key: string, home: string): Agent[] {
  mkdirSync(join(home, '.codex'));
  const provider = { name: '"Keyway"', base_url: `"${url}/v1"`, env_key: '"KEYWAY_KEY"', wire_api: '"responses"' };
  const lines = Object.entries(provider).map(([name, value]) => `${name} = ${value}`);
  const config = ['model_provider = "keyway"', '[model_providers.keyway]', ...lines, ''].join('\n');
  writeFileSync(join(home, '.codex/config.toml'), config);
  return [
    {
      command: 'claude',
      words: (model) => ['-p', task, '--model', model, '--allowedTools', 'Write,Read,Edit,Bash'],
      settings: (model) => ({
        ANTHROPIC_BASE_URL: url,
        ANTHROPIC_AUTH_TOKEN: key,
        ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      }),
    },
    {
      command: 'codex',
      words: (model) => ['exec', '--skip-git-repo-check', '-s', 'workspace-write', '-m', model, task],
      settings: () => ({ KEYWAY_KEY: key, CODEX_HOME: join(home, '.codex') }),
    },
  ];
}

function run(program: string, words: string[], cwd: string, env: Record<string, string>): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: patienceMs });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        said += text;
      });
    child.on('error', (error) => resolve(String(error)));
    child.on('close', () => resolve(said));
  });
}

function written(folder: string): string | null {
  try {
    return readFileSync(join(folder, 'notes.txt'), 'utf8').trim();
  } catch {
    return null;
  }
}

const [folder, url, key, ...models] = process.argv.slice(2);
if (folder === undefined || url === undefined || key === undefined) {
  console.error('node scripts/agents.ts <folder with node_modules> <url> <key> [model …]');
  process.exit(1);
}
const home = mkdtempSync(join(tmpdir(), 'agents-'));
for (const { command, words, settings } of agentsFor(url, key, home))
  for (const model of models.length > 0 ? models : usual) {
    const cwd = mkdtempSync(join(home, 'work-'));
    const env = { PATH: process.env.PATH ?? '', HOME: home, ...settings(model) };
    const said = await run(join(folder, 'node_modules/.bin', command), words(model), cwd, env);
    const works = written(cwd) === 'hello again' && said.includes('Done.');
    console.log(`${works ? 'works' : 'FAILS'}  ${command}  ${model}`);
    if (works) continue;
    console.log(said.slice(-800));
    process.exitCode = 1;
  }
