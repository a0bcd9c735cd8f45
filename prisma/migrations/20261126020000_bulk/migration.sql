-- Many changes of one transaction under one rule, as one. The trigger counts them in a setting of the transaction, which a
-- savepoint takes back as it does rows; how many there were is known at the commit.
alter table belfry.changes
  add column bulk_rows  bigint,                                -- how many it stands for; 0: not counted yet; null: one
  add column bulk_first jsonb;                                 -- the first few: [{ operation, key, old, new }]
alter table belfry.failed_changes add column bulk_rows bigint, add column bulk_first jsonb;

-- Puts the count where it is read. The place comes from a setting and not from the index, which serializable transactions of
-- the business would meet in; from the index when they asked for it before the commit (set constraints … immediate), and then
-- the trigger that goes on counting finds here how far it was.
-- The setting is anybody's: what is no number says nothing, and then the relay knows only that it was more than the rule's.
create function belfry.count_bulk() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  setting text := 'belfry.bulk_' || new.rule;
  counted text := current_setting(setting, true);
  place text := current_setting(setting || '_at', true);
  total bigint := 1;
  stored tid;
begin
  if counted ~ '^[1-9][0-9]{0,14}$' then
    total := counted;
  end if;
  if place ~ '^\([0-9]{1,9},[0-9]{1,4}\)$' then
    update belfry.changes set bulk_rows = total where ctid = place::tid and id = new.id returning ctid into stored;
  end if;
  if stored is null then
    update belfry.changes set bulk_rows = total where id = new.id returning ctid into stored;
  end if;
  perform set_config(setting, '', true), set_config(setting || '_told', concat(total, ' ', stored), true);
  return null;
end
$$;
revoke execute on function belfry.count_bulk() from public;

create constraint trigger count_bulk after insert or update on belfry.changes
  deferrable initially deferred for each row when (new.bulk_rows = 0) execute function belfry.count_bulk();
