import 'reflect-metadata';
import { createProgram } from './program.js';

// Whoever read our output may have gone (`belfry status | head`).
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

await createProgram((code) => (process.exitCode = code)).parseAsync();
