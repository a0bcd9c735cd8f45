import { describe, expect, it } from '@jest/globals';
import { qualifiedWhen } from './qualified-when.js';

describe('a when of comparisons', () => {
  it.each([
    ["new.status = 'cancelled'", "new.status operator(pg_catalog.=) 'cancelled'"],
    ['new.a<>old.a', 'new.a operator(pg_catalog.<>) old.a'],
    ['NEW.total >= 10.5 and not (old . "Odd = Name" != 7)', 'NEW.total operator(pg_catalog.>=) 10.5 and not (old . "Odd = Name" operator(pg_catalog.<>) 7)'],
    ["new.s in ('it''s', '= 1') or\n new.s is not null", "(new.s operator(pg_catalog.=) 'it''s' or new.s operator(pg_catalog.=) '= 1') or\n new.s is not null"],
    ['new.n not in (1,2)', 'not (new.n operator(pg_catalog.=) 1 or new.n operator(pg_catalog.=) 2)'],
    ['new.paid = true', 'new.paid operator(pg_catalog.=) true'],
  ])('names its operators by their schema: %s', (when, qualified) => {
    expect(qualifiedWhen(when)).toBe(qualified);
  });

  it.each([
    'new.a is distinct from old.a', 'new.a + 1 = old.a', 'new.a = -1', 'new.a = 1 is true', "new.a like 'x%'", 'new.a between 1 and 2', 'new.paid',
    'lower(new.a) = new.b', "new.a = 'x'::text", 'new.a =~ old.a', 'new.a.b = 1', 'new.a = old.a.b', 'new.a <@ old.a', "new.a = E'x'", "new.a = 'x' 'y'",
    'new.a = 1 -- so', 'new.a /* so */ = 1', 'new.a in (select 1)', 'new.a in (old.b + 1)', String.raw`new.a = '\d'`, 'new.a = trueish', '(new.a, new.b) = (1, 2)', 'new = old',
    'new.a = all (old.b)', 'new.a = $1', 'new.a = 1e5', "new.a = date '2026-01-01'", 'new.a = old.a = true',
  ])('is nothing else: %s', (when) => {
    expect(qualifiedWhen(when)).toBeUndefined();
  });

  it('is told in no time whatever it is made of', () => {
    expect(qualifiedWhen(`${"''".repeat(4_000)}${'1'.repeat(4_000)}${' '.repeat(2_000)}x`)).toBeUndefined();
    expect(qualifiedWhen(`new.a in (${'1 , '.repeat(4_000)}x`)).toBeUndefined();
  });
});
