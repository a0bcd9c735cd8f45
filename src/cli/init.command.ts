import { writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listTables, readTables } from '../rules/catalog.js';
import { JSON_SCHEMA_FILE } from '../rules/json-schema.js';
import { starterRules } from '../rules/starter-rules.js';
import type { CommandDefinition } from './command.js';
import type { SharedOptions } from './context.js';
import { CommandError, EXIT } from './exit-code.js';
import { counted } from './output.js';

interface InitOptions extends SharedOptions {
  force?: boolean;
}

const SCHEMA = fileURLToPath(new URL(`../../${JSON_SCHEMA_FILE}`, import.meta.url));

export const init: CommandDefinition<InitOptions> = {
  name: 'init',
  summary: 'write a commented rules file from the tables that are there',
  details: 'Rules for the likeliest tables are in force in it, the others stand there as comments. Nothing in the database changes.',
  readsRules: true,
  prints: true,
  options: [{ flags: '--force', description: 'overwrite the file where there is one' }],
  examples: [['belfry init --config rules/shop.yaml', 'writes that file, unless it is there already']],
  async run(context, { force = false }) {
    const { config, output } = context;
    const tables = await context.withClient(async (client) => [...(await readTables(client, await listTables(client))).values()]);
    // What inherits is watched with what it inherits from.
    const heirs = new Set(tables.flatMap((table) => table.heirs.map(({ oid }) => oid)));
    const usable = tables.filter(({ oid, mayTrigger, mayReach }) => mayTrigger && mayReach && !heirs.has(oid));
    const text = starterRules(usable, schemaFrom(config.configFile));
    await writeFile(config.configFile, text, { flag: force ? 'w' : 'wx' }).catch((error: unknown) => {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') throw new CommandError(`found ${config.configFile}, expected no such file: --force overwrites it, --config names another.`);
      throw new CommandError(`could not write ${config.configFile}: ${message}`, { cause: error });
    });
    output.result({ file: config.configFile, tables: tables.length }, [
      `wrote ${config.configFile} from ${counted(tables.length, 'table')}`,
      'next: belfry check, belfry dry-run, belfry plan, belfry apply',
    ]);
    return EXIT.ok;
  },
};

/** Where an editor finds the schema, seen from the rules file. */
function schemaFrom(file: string): string {
  const path = relative(dirname(file), SCHEMA).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
}
