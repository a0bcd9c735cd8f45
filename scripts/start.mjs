// `npm start`: sets up what is missing and runs the server in this very process.
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { endWithNpm } from './npm-parent.mjs';
import { root, setUp } from './setup.mjs';

await setUp();
endWithNpm();
process.setSourceMapsEnabled(true);
await import(pathToFileURL(join(root, 'dist/main.js')).href);
