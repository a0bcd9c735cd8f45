-- A trigger on the outbox itself costs every captured row, bulk or not, a tenth of its time: PostgreSQL reads its condition anew
-- at each statement. So the count of a bulk is asked for by a row of a table of its own, which only bulks write.
create table belfry.bulks (
  rule   integer not null,
  change bigint  not null                                      -- the one in belfry.changes that stands for all
);
create index bulks_change_idx on belfry.bulks (change);

-- What an earlier version's triggers still capture is not counted from here on, until their rules are applied again: the relay
-- then knows only that it was more than the rule's number.
drop trigger count_bulk on belfry.changes;

create constraint trigger count_bulk after insert on belfry.bulks
  deferrable initially deferred for each row execute function belfry.count_bulk();

create or replace function belfry.count_bulk() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off
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
    update belfry.changes set bulk_rows = total
     where ctid = place::tid and transaction = pg_current_xact_id() and rule = new.rule and bulk_rows = 0
    returning ctid into stored;
  end if;
  if stored is null then
    update belfry.changes set bulk_rows = total where id = new.change returning ctid into stored;
  end if;
  perform set_config(setting, '', true), set_config(setting || '_told', concat(total, ' ', stored), true);
  return null;
end
$$;

-- Has a bulk counted again that was counted before the commit. Where it is now; null where it is not.
create or replace function belfry.reopen_bulk(of_rule integer, place tid) returns tid
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off
as $$
declare
  change bigint;
begin
  update belfry.changes set bulk_rows = 0
   where ctid = place and transaction = pg_current_xact_id() and rule = of_rule and bulk_rows > 0
  returning ctid, id into place, change;
  if not found then
    return null;
  end if;
  insert into belfry.bulks (rule, change) values (of_rule, change);
  return place;
end
$$;
