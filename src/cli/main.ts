import 'reflect-metadata';
import { ENDING, Interrupted } from './exit-code.js';
import { createProgram } from './program.js';

// Whoever read our output may have gone (`belfry status | head`).
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

const interrupted = new AbortController();
// A server ends by itself: it listens to them as well.
for (const signal of ENDING) process.once(signal, () => interrupted.abort(new Interrupted(signal)));

await createProgram((code) => (process.exitCode = code), interrupted.signal).parseAsync();
