-- A small table is read whole sooner than by place, and whoever reads it whole conflicts with every serializable transaction
-- that captures something meanwhile. So what a bulk looks for is looked for where nothing may be read whole.

-- Takes back what this transaction captured under a rule, at these places. The first few come back, the oldest first.
create function belfry.take_bulk(of_rule integer, places text) returns setof jsonb
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off
as $$
begin
  -- A setting is anybody's, so it may be nonsense.
  if places !~ '^( \([0-9]{1,9},[0-9]{1,4}\))+$' then
    return;
  end if;
  return query
    with taken as (
      delete from belfry.changes
       where ctid = any (string_to_array(ltrim(places), ' ')::tid[])
         and transaction = pg_current_xact_id() and rule = of_rule and bulk_rows is null
      returning id, operation, key, old, new)
    select jsonb_build_object('operation', operation, 'key', key, 'old', old, 'new', new) from taken order by id limit 5;
end
$$;

-- Has a bulk counted again that was counted before the commit. Where it is now; null where it is not.
create function belfry.reopen_bulk(of_rule integer, place tid) returns tid
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off
as $$
begin
  update belfry.changes set bulk_rows = 0
   where ctid = place and transaction = pg_current_xact_id() and rule = of_rule and bulk_rows > 0
  returning ctid into place;
  return case when found then place end;
end
$$;

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
    update belfry.changes set bulk_rows = total where id = new.id returning ctid into stored;
  end if;
  perform set_config(setting, '', true), set_config(setting || '_told', concat(total, ' ', stored), true);
  return null;
end
$$;
