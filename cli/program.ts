import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import packageJson from '../package.json' with { type: 'json' };
import { loginCommand, logoutCommand } from './access/login.ts';
import { howToGive } from './access/secret-input.ts';
import { secretIn } from './access/secret-shapes.ts';
import { doctorCommand } from './doctor/doctor.ts';
import { tellFailure } from './failure.ts';
import { addCommand } from './keys/add-key.ts';
import { orderCommand, removeCommand, rotateCommand } from './keys/change-keys.ts';
import { listCommand as listKeysCommand, showCommand as showKeyCommand } from './keys/show-keys.ts';
import { testCommand } from './keys/test-keys.ts';
import { listCommand as listLogsCommand } from './logs/list-logs.ts';
import { showCommand as showLogCommand } from './logs/show-log.ts';
import { tailCommand } from './logs/tail-log.ts';
import { misused } from './terminal/problem.ts';
import { safeText } from './terminal/safe-text.ts';
import type { Terminal } from './terminal/terminal.ts';
import { usageCommand } from './usage.ts';
import { workspacesCommands } from './workspaces.ts';
import { type World, worldOf } from './world.ts';

/** Runs one command; `args` without the program's name. Answers the exit code: 0 well, 1 it failed, 2 misused, 130 the user left. */
export async function runCli(args: string[], terminal: Terminal): Promise<number> {
  const world = worldOf(terminal);
  try {
    refuseSecrets(args);
    await createProgram(world).parseAsync(args, { from: 'user' });
    return world.exitCode;
  } catch (error) {
    return tellFailure(world, error, args.includes('--json'));
  }
}

function refuseSecrets(args: string[]): void {
  for (const [index, argument] of args.entries()) {
    const why = secretIn(argument);
    // Ids of providers may look like anything.
    if (why === null || `${args[index - 1]}=${argument}`.includes('--provider-request-id=')) continue;
    throw misused(
      `${why} Others can see arguments, and your shell keeps them: take it as known, and make a new one.`,
      howToGive,
    );
  }
}

/** All commands. */
export function createProgram(world: World): CommandUnknownOpts {
  const program = new Command('keyway')
    .description('Keyway from the command line: provider keys, the request log, usage, and what is wrong')
    .version(packageJson.version)
    .addHelpText(
      'after',
      '\nPrograms set KEYWAY_URL and KEYWAY_API_KEY. Exit codes: 0 well, 1 it failed, 2 it was asked wrongly.',
    );
  const commands = [
    loginCommand(world),
    logoutCommand(world),
    group('keys', 'provider keys', [
      addCommand(world),
      listKeysCommand(world),
      showKeyCommand(world),
      testCommand(world),
      rotateCommand(world),
      orderCommand(world),
      removeCommand(world),
    ]),
    group('logs', 'the request log', [tailCommand(world), listLogsCommand(world), showLogCommand(world)]),
    usageCommand(world),
    group('workspaces', 'operators: workspaces', workspacesCommands(world), 'list'),
    doctorCommand(world),
  ];
  for (const each of commands) program.addCommand(each);
  settle(program, world);
  return program;
}

function group(name: string, says: string, commands: CommandUnknownOpts[], usual?: string): CommandUnknownOpts {
  const parent: CommandUnknownOpts = new Command(name).description(says);
  for (const each of commands) parent.addCommand(each, { isDefault: each.name() === usual });
  return parent;
}

/** Nothing ends the process or writes past the terminal; a misspelt command is told its neighbour. */
function settle(command: CommandUnknownOpts, world: World): void {
  const { output, errors } = world.terminal;
  const lines = (text: string) => text.split('\n').map(safeText).join('\n');
  command
    .exitOverride()
    .showHelpAfterError('(--help says more)')
    .configureOutput({
      writeOut: (text) => output.write(lines(text)),
      writeErr: (text) => errors.write(lines(text)),
      getOutHelpWidth: () => output.columns || 100,
      getErrHelpWidth: () => errors.columns || 100,
    });
  for (const each of command.commands) settle(each, world);
}
