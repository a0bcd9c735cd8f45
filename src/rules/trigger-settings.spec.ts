import { describe, expect, it } from '@jest/globals';
import type { Captures } from './captures.js';
import { type Rule, ruleDefinition } from './rule.js';
import { functionSettings, hasItsSettings } from './trigger-settings.js';

const SEARCH_PATH = 'set search_path = pg_catalog, pg_temp';

function ruleWith(when: string | null, resolve: Rule['resolve'] = null): Rule {
  return ruleDefinition.parse({
    topic: 't', table: { schema: 'public', name: 'things' }, on: ['update'], columns: [], when, resolve, audience: ['everyone'], severity: 'info', title: 't', body: null, link: null,
  });
}

function capturing(...types: string[]): Captures {
  return { columns: types.map((type, n) => ({ name: `c${n}`, type, comparable: true })), asked: [], key: [] };
}

const isPinned = (rule: Rule, captures: Captures): boolean => functionSettings(rule, captures).includes('TimeZone');

describe('the settings of a trigger function', () => {
  const captures = capturing('bigint', 'text', 'numeric(10,2)', 'character varying(20)', 'boolean', 'uuid', 'jsonb');

  it('are none where every name has its schema', () => {
    for (const when of [null, "new.status = 'cancelled'", "old.status in ('resolved', 'closed') and new.status = 'open'", 'new.total > 10.5 and not (new.total >= 7)']) {
      expect(functionSettings(ruleWith(when), captures)).toBe('');
    }
    const bulk = { over: 20, audience: null, severity: null, title: null, body: null, link: null };
    expect(functionSettings({ ...ruleWith(null), bulk }, captures)).toBe(SEARCH_PATH);
    expect(functionSettings(ruleWith(null, { on: ['delete'], when: null }), captures)).toBe(SEARCH_PATH);
  });

  it('is the search path alone where nothing hangs on the others', () => {
    for (const when of [`new."Odd Name" is distinct from old."Odd Name"`, 'new.a + 1 = old.a', "new.note like 'it''s %'", 'new.paid is true']) {
      expect(functionSettings(ruleWith(when), captures)).toBe(SEARCH_PATH);
    }
  });

  it.each(['timestamp with time zone', 'date', 'interval', 'real', 'double precision', 'bytea', 'money', 'tstzrange', 'integer[]', 'public.mood'])('are all of them for a %s', (type) => {
    expect(isPinned(ruleWith(null), capturing('bigint', type))).toBe(true);
    expect(isPinned(ruleWith('new.a = old.a'), { columns: [], asked: [{ name: 'a', type, comparable: true }], key: [] })).toBe(true);
  });

  it.each([
    'new.at::date = old.at', 'now() > new.a', 'current_date = new.a', 'lower(new.a) = new.a', String.raw`new.a = '\d'`, "new.a = E'x'",
    'public.mine(new)', 'exists (select 1)', `new.a || ' ' = new.b`,
  ])('are all of them for a when of %s', (when) => {
    expect(isPinned(ruleWith(when), capturing('text'))).toBe(true);
    expect(isPinned(ruleWith(null, { on: ['update'], when }), capturing('text'))).toBe(true);
  });

  it('is told in no time whatever a when is made of', () => {
    expect(isPinned(ruleWith(`${"''".repeat(4_000)}${'1'.repeat(4_000)}${' '.repeat(2_000)}x`), capturing('text'))).toBe(true);
  });
});

describe('a function', () => {
  const captures = capturing('date');
  const wanted = ['search_path=pg_catalog, pg_temp', 'TimeZone=UTC', 'DateStyle=ISO, MDY', 'IntervalStyle=postgres', 'bytea_output=hex', 'extra_float_digits=1', 'standard_conforming_strings=on'];

  it('has its settings with more than it needs, and not with less, other or foreign ones', () => {
    expect(hasItsSettings(ruleWith(null), captures, wanted)).toBe(true);
    expect(hasItsSettings(ruleWith(null), capturing('text'), wanted)).toBe(true);
    expect(hasItsSettings(ruleWith(null), captures, wanted.slice(0, 6))).toBe(false);
    expect(hasItsSettings(ruleWith(null), capturing('text'), [])).toBe(true);
    expect(hasItsSettings(ruleWith('new.paid is true'), capturing('text'), [])).toBe(false);
    expect(hasItsSettings(ruleWith(null), captures, [...wanted.slice(0, 1), 'TimeZone=Asia/Tokyo', ...wanted.slice(2)])).toBe(false);
    expect(hasItsSettings(ruleWith(null), captures, [...wanted, 'work_mem=1GB'])).toBe(false);
  });
});
