import type { AnyCommand } from './command.js';
import { apply } from './apply.command.js';
import { check } from './check.command.js';
import { dryRun } from './dry-run.command.js';
import { doctor } from './doctor.command.js';
import { init } from './init.command.js';
import { migrate } from './migrate.command.js';
import { plan } from './plan.command.js';
import { remove } from './remove.command.js';
import { retry } from './retry.command.js';
import { start } from './start.command.js';
import { status } from './status.command.js';
import { test } from './test.command.js';

/** Every command, in the order in which one meets them. */
export const COMMANDS: readonly AnyCommand[] = [
  init, check, plan, dryRun, apply, test, status, doctor, retry, migrate, start, remove,
];
