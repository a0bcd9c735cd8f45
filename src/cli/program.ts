import { createRequire } from 'node:module';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { AnyCommand, OptionDefinition } from './command.js';
import { COMMANDS } from './commands.js';
import { Context, type SharedOptions } from './context.js';
import { EXIT, type ExitCode, Interrupted } from './exit-code.js';
import { Output } from './output.js';
import { tell } from './tell.js';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

const JSON_OPTION: OptionDefinition = { flags: '--json', description: 'print the result as one JSON document' };
const CONFIG_OPTION: OptionDefinition = { flags: '-c, --config <file>', description: 'the rules file (default: BELFRY_CONFIG, or belfry.yaml)' };

const EPILOGUE = `
The environment is the server's: DATABASE_URL, BELFRY_LISTEN_URL, BELFRY_CONFIG and the others (README.md). Without
DATABASE_URL a command works on the embedded database, while npm start runs it.

Exit codes: 0 done; 1 it could not be done, the message says why; 2 done, and something was found (plan: changes; doctor:
trouble); 130, 143 ended by Ctrl-C, by SIGTERM.`;

/** All of `belfry`. `done` is told what a command ended with; a command that is under way ends at `interrupted`. */
export function createProgram(done: (code: ExitCode) => void, interrupted: AbortSignal): Command {
  const program = new Command('belfry')
    .version(version, '-V, --version', 'print the version')
    .description('The admin notification center for PostgreSQL.')
    .showHelpAfterError('(belfry --help lists the commands)')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', EPILOGUE);
  for (const definition of COMMANDS) program.addCommand(toCommand(definition, done, interrupted));
  return program;
}

function toCommand(definition: AnyCommand, done: (code: ExitCode) => void, interrupted: AbortSignal): Command {
  const { name, summary, details, options = [], readsRules, prints, examples } = definition;
  const [word = '', ...args] = name.split(' ');
  const command = new Command(word).summary(summary).description(details === undefined ? summary : `${summary}\n\n${details}`);
  for (const argument of args) command.addArgument(new Argument(argument));
  for (const option of [...options, ...(readsRules ? [CONFIG_OPTION] : []), ...(prints ? [JSON_OPTION] : [])]) {
    command.addOption(toOption(option));
  }
  command.showHelpAfterError(`(belfry ${word} --help tells more)`);
  // Told before it is known that all options are right.
  if (prints) command.configureOutput({ outputError: (text, write) => (process.argv.includes('--json') ? refuse(text) : write(text)) });
  command.addHelpText('after', `\n${examples.map(([line, does]) => `Example: ${line}\n         ${does}`).join('\n')}`);
  command.action(async () => {
    const given: SharedOptions = command.opts();
    const output = new Output(given.json ?? false);
    try {
      done(await definition.run(Context.read(given, output, interrupted), given as never, command.args));
    } catch (error) {
      const { reason } = interrupted as { reason: unknown };
      output.failure(tell(reason instanceof Interrupted ? reason : error));
      done(reason instanceof Interrupted ? EXIT[reason.by] : EXIT.failed);
    }
  });
  return command;
}

function refuse(text: string): void {
  new Output(true).failure({ message: text.trim().replace(/^error: /, '') });
}

function toOption({ flags, description, parse, default: preset, required = false }: OptionDefinition): Option {
  const option = new Option(flags, description).makeOptionMandatory(required);
  if (preset !== undefined) option.default(preset);
  if (parse) {
    option.argParser((text) => {
      try {
        return parse(text);
      } catch (error) {
        throw new InvalidArgumentError((error as Error).message);
      }
    });
  }
  return option;
}
