import type { Rule } from './rule.js';

/** Rows of a bulk that are kept. */
const FIRST = 5;

/** The parts of a trigger function that has a bulk, in SQL; all empty for a rule without one. */
export interface BulkCapture {
  declarations: string;
  /** Before anything is asked. */
  begin: string;
  /** Whether a change that counts need not be read; empty where it always is. */
  skip: string;
  /** Instead of the insert alone, for a rule with one: `insert` without its end. */
  store: (insert: string) => string;
}

/**
 * `belfry.ring()`, where nobody sleeps without calling it: as an expression the lock costs a tenth of what a statement costs.
 * The numbers are those of src/relay/doorbell.ts.
 */
export const RING = `if pg_catalog.pg_try_advisory_lock_shared(1650814054, 2) and pg_catalog.pg_advisory_unlock_shared(1650814054, 2) then
    null;
  else
    perform belfry.ring();
  end if;`;

const NONE: BulkCapture = { declarations: '', begin: '', skip: '', store: (insert) => `${insert};` };

/**
 * Up to the bulk's number each change is captured in full; the next one takes them back and becomes the one that stands for
 * all, and those after it are only counted. Two settings of the transaction hold the count and where its rows are: rolled back
 * to a savepoint they are what they were, as the rows are. `belfry.count_bulk` writes the count at the commit.
 *
 * Rows are found by their place: a look into the table or an index would have serializable transactions of the business
 * conflict. Since settings are anybody's, only what this transaction captured under this rule is taken back, and nothing in
 * them can fail it.
 *
 * What resolves is of its row, and what failed is parked by itself: neither is counted.
 */
export function bulkCapture({ bulk, resolve, columns, when }: Rule, id: number): BulkCapture {
  if (bulk === null) return NONE;
  const first = bulk.over + 1;
  const setting = `belfry.bulk_${id}`;
  const counts = `coalesce(belfry_capture, '') not like 'when:%'${resolve ? ' and not belfry_resolves' : ''}`;
  const count = `belfry_counted := set_config('${setting}', belfry_count::text, true);`;
  const countOnly = `
  if belfry_count > ${first} then
    ${count}
    return null;
  end if;`;
  // Where nothing is asked every change counts, and the block that asks need not be entered.
  const asks = resolve !== null || columns.length > 0 || when !== null;
  return {
    declarations: `
  belfry_counted text;            -- what a setting says
  belfry_count bigint := 1;       -- changes of this transaction under this rule, this one included
  belfry_first jsonb[];
  belfry_place tid;
  belfry_change bigint;`,
    begin: `
  belfry_counted := current_setting('${setting}', true);
  if length(belfry_counted) between 1 and 15 and translate(belfry_counted, '0123456789', '') = '' then
    belfry_count := belfry_counted::bigint + 1;
  end if;${asks ? '' : countOnly}`,
    skip: asks ? `belfry_count > ${first} and ${counts}` : '',
    store: (insert) => `if ${counts} then
    ${countOnly.trim()}${goOn(setting, id, count)}
    if belfry_count = ${first} then
      ${count}
      belfry_first := array(select belfry.take_bulk(${id}, current_setting('${setting}_at', true)));
      belfry_first := belfry_first || jsonb_build_object('operation', lower(tg_op), 'key', belfry_key, 'old', belfry_old, 'new', belfry_new);
      insert into belfry.other_changes (rule, operation, capture, bulk_rows, bulk_first)
      values (${id}, lower(tg_op), belfry_capture, 0, to_jsonb(belfry_first[:${FIRST}]))
      returning ctid, id into belfry_place, belfry_change;
      insert into belfry.bulks (rule, change) values (${id}, belfry_change);
      belfry_counted := set_config('${setting}_at', belfry_place::text, true);
      perform belfry.ring();
      return null;
    end if;
    ${insert}
    returning ctid into belfry_place;
    belfry_counted := set_config('${setting}_at', concat(case when belfry_count > 1 then current_setting('${setting}_at', true) end, ' ', belfry_place), true);
    ${count}
  else
    ${insert};
  end if;`,
  };
}

/** Was counted before the commit, as `set constraints all immediate` has it: goes on from there, and is counted again. */
function goOn(setting: string, id: number, count: string): string {
  return `
    belfry_counted := current_setting('${setting}_told', true);
    if belfry_count = 1 and belfry_counted ~ '^[0-9]{1,15} \\([0-9]{1,9},[0-9]{1,4}\\)$' then
      belfry_count := split_part(belfry_counted, ' ', 1)::bigint + 1;
      belfry_place := split_part(belfry_counted, ' ', 2)::tid;
      ${count}
      belfry_place := belfry.reopen_bulk(${id}, belfry_place);
      if belfry_place is not null then
        belfry_counted := set_config('${setting}_at', belfry_place::text, true);
        return null;
      end if;
      belfry_count := 1;
    end if;`;
}
