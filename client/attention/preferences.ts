import type { Preferences, Threshold } from '../core/wire.js';

/** As the server has them for who has never said otherwise. */
export const defaultPreferences: Preferences = {
  mutedTopics: [],
  toast: { minSeverity: 'info' },
  sound: { minSeverity: 'none' },
  desktop: { minSeverity: 'none' },
  title: true,
  quietHours: null,
  acknowledgeCritical: false,
};

type Check = readonly [expected: string, isGood: (value: unknown) => boolean];

const thresholds: readonly Threshold[] = ['info', 'success', 'warning', 'critical', 'none'];
const time = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/;

const threshold: Check = [`{ minSeverity: ${thresholds.map((one) => `'${one}'`).join(' | ')} }`,
  (value) => thresholds.includes(fieldsOf(value).minSeverity as Threshold)];
const yesOrNo: Check = ['true or false', (value) => typeof value === 'boolean'];

const checks: Readonly<Record<keyof Preferences, Check>> = {
  mutedTopics: [`a list of topics, such as ['order.created']`, (value) => Array.isArray(value) && value.every((topic) => typeof topic === 'string')],
  toast: threshold,
  sound: threshold,
  desktop: threshold,
  title: yesOrNo,
  quietHours: [`null, or { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' }`, (value) => value === null || areHours(fieldsOf(value))],
  acknowledgeCritical: yesOrNo,
};

/** A page's own preferences without what is wrong with them, and what that is. */
export function checkPreferences(given: unknown): { preferences: Partial<Preferences>; wrong: string[] } {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return { preferences: {}, wrong: [`preferences are ${said(given)}: expected an object, such as { sound: { minSeverity: 'critical' } }`] };
  }
  const wrong: string[] = [];
  const good = Object.entries(given).filter(([name, value]) => {
    const [expected, isGood] = Object.hasOwn(checks, name) ? checks[name as keyof Preferences] : [];
    // What is left out is as by default, however it is left out.
    if (value === undefined || isGood?.(value)) return value !== undefined;
    wrong.push(expected === undefined ? `there is no preference ${name}: expected one of ${Object.keys(checks).join(', ')}`
      : `preferences.${name} is ${said(value)}: expected ${expected}`);
    return false;
  });
  return { preferences: Object.fromEntries(good), wrong };
}

function areHours({ from, to, timeZone }: Record<string, unknown>): boolean {
  const areTimes = [from, to].every((one) => typeof one === 'string' && time.test(one));
  try {
    return areTimes && typeof timeZone === 'string' && Boolean(new Intl.DateTimeFormat('en', { timeZone }));
  } catch {
    return false;
  }
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function said(value: unknown): string {
  return typeof value === 'function' ? 'a function' : JSON.stringify(value);
}
