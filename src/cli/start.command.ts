import type { CommandDefinition } from './command.js';
import { EXIT } from './exit-code.js';

export const start: CommandDefinition = {
  name: 'start',
  summary: 'start the server, as npm start does',
  details: 'Migrates, applies the rules and serves until it is told to stop.',
  examples: [['PORT=4000 belfry start', 'serves on port 4000']],
  async run() {
    // It reads the environment itself, and asks of it what only a server needs.
    await import('../main.js');
    return EXIT.ok;
  },
};
