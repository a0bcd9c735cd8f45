import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../random.js';
import type { Stage } from '../stage.js';
import { DATABASE_FAULTS } from './database.js';
import type { Fault, Part } from './fault.js';
import { NETWORK_FAULTS } from './network.js';
import { OUTSIDERS_FAULTS } from './outsiders.js';
import { PROCESS_FAULTS } from './processes.js';
import { TABLE_FAULTS } from './tables.js';

const FAULTS = { ...PROCESS_FAULTS, ...DATABASE_FAULTS, ...NETWORK_FAULTS, ...TABLE_FAULTS, ...OUTSIDERS_FAULTS } satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

/** When a fault was, in epoch milliseconds. */
export interface Happened {
  name: FaultName;
  from: number;
  to: number;
}

export interface Schedule {
  /** How long faults happen, in milliseconds. */
  ms: number;
  /** These first, in this order, whatever the time; then any. */
  first: readonly FaultName[];
  /** How often a second one happens at the same time, 0 to 1. */
  together: number;
  /** After so many it is looked whether all agree; undefined: only at the end. */
  checkEvery?: number;
}

/** Lets faults happen, drawn from `chance`, each undone before the next. */
export async function letFaultsHappen(stage: Stage, chance: Chance, schedule: Schedule, log: (line: string) => void, check?: () => Promise<void>): Promise<Happened[]> {
  const happened: Happened[] = [];
  const due = [...schedule.first];
  const end = Date.now() + schedule.ms;
  let checked = 0;
  const happen = async (name: FaultName, own: Chance): Promise<void> => {
    const from = Date.now();
    await FAULTS[name].happen(stage, own);
    happened.push({ name, from, to: Date.now() });
  };
  while (Date.now() < end || due.length > 0) {
    await sleep(chance.between(200, 1_200));
    const name = due.shift() ?? chance.pick(FAULT_NAMES);
    const others = FAULT_NAMES.filter((other) => FAULTS[other].part !== FAULTS[name].part && FAULTS[other].part !== 'everything');
    const other = FAULTS[name].part !== 'everything' && chance.happens(schedule.together) ? chance.pick(others) : undefined;
    log(other === undefined ? name : `${name}, and ${other}`);
    await Promise.all([happen(name, chance.fork()), other !== undefined && happen(other, chance.fork())]);
    if (schedule.checkEvery !== undefined && happened.length >= checked + schedule.checkEvery) {
      checked = happened.length;
      await check?.();
    }
  }
  return happened;
}

/** All faults that take hold of these, in one order. */
export function faultsOf(parts: readonly Part[]): FaultName[] {
  return FAULT_NAMES.filter((name) => parts.includes(FAULTS[name].part));
}
