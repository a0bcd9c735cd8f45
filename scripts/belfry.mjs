#!/usr/bin/env node
// The command line, `npx belfry` or `npm run belfry --`: sets up what is missing and runs the command in this very process.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { endWithNpm } from './npm-parent.mjs';
import { root, setUp } from './setup.mjs';

await setUp();
endWithNpm();
process.setSourceMapsEnabled(true);
await import(pathToFileURL(join(root, 'dist/cli/main.js')).href);
