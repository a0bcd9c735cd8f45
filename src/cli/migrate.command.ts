import { migrate as runMigrations, MIGRATIONS } from '../database/migrations.js';
import type { CommandDefinition } from './command.js';
import { EXIT } from './exit-code.js';

export const migrate: CommandDefinition = {
  name: 'migrate',
  summary: 'bring the schema belfry up to date; no rule is applied',
  prints: true,
  examples: [['belfry migrate', 'creates the schema belfry, or what a newer version needs in it']],
  async run(context) {
    const { output } = context;
    const migrated = await context.withClient((client) => runMigrations(client, MIGRATIONS, 'belfry', { log: (line) => output.progress(line) }));
    output.result({ migrated }, migrated.length > 0 ? migrated.map((name) => `migrated ${name}`) : ['the schema is up to date']);
    return EXIT.ok;
  },
};
