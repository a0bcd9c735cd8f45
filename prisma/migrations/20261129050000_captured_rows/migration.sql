-- The outbox in two tables. Every column that a captured row leaves null costs its writer, and most of the outbox's columns are null in
-- most rows: so triggers write plain rows into a narrow table, and all else goes into the wide one that was there. Both have their ids from
-- one sequence, and the relay takes from both in one order. `belfry.changes` is both, in their wide form.
alter table belfry.changes rename to other_changes;
alter index belfry.changes_pkey rename to other_changes_pkey;

create table belfry.captured_rows (
  id          bigint      primary key  default nextval('belfry.changes_id_seq'),
  transaction xid8        not null     default pg_current_xact_id(),
  captured_at timestamptz not null     default clock_timestamp(),
  rule        integer     not null,
  operation   text        not null,                            -- insert | update | delete
  old         jsonb,                                           -- values only: the version of the rule knows the columns
  new         jsonb,
  writer      text[]      not null     default array[          -- database role, application, actor; columns of their own would cost more
    session_user::text, current_setting('application_name'), current_setting('belfry.actor', true)]
);

-- As of the other: a queue that empties is mostly dead rows.
alter table belfry.captured_rows set (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
  autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 200000,
  autovacuum_vacuum_cost_delay = 0
);

-- All that waits. With `xmin` and `ctid`, and open to insert and delete, so that it is to an earlier version what the table was: its
-- triggers write here until rules are applied again, its processes until they are stopped.
create view belfry.changes as
  select id, rule, operation, null::text as key, old, new, null::jsonb as receipt, null::text as capture, transaction, captured_at,
         writer[1] as db_role, writer[2] as application, nullif(writer[3], '') as actor, false as resolves, null::text[] as test_for,
         null::bigint as bulk_rows, null::jsonb as bulk_first, xmin, ctid
    from belfry.captured_rows
  union all
  select id, rule, operation, key, old, new, receipt, capture, transaction, captured_at,
         db_role, application, actor, resolves, test_for, bulk_rows, bulk_first, xmin, ctid
    from belfry.other_changes;

alter view belfry.changes alter column transaction set default pg_current_xact_id();
alter view belfry.changes alter column captured_at set default clock_timestamp();
alter view belfry.changes alter column db_role     set default session_user;
alter view belfry.changes alter column application set default current_setting('application_name');
alter view belfry.changes alter column actor       set default nullif(current_setting('belfry.actor', true), '');
alter view belfry.changes alter column resolves    set default false;

-- Both run with the rights of whoever writes to the view.
create function belfry.add_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  insert into belfry.other_changes (rule, operation, key, old, new, receipt, capture, transaction, captured_at, db_role, application, actor, resolves, test_for, bulk_rows, bulk_first)
  values (new.rule, new.operation, new.key, new.old, new.new, new.receipt, new.capture, new.transaction, new.captured_at, new.db_role, new.application, new.actor,
          new.resolves, new.test_for, new.bulk_rows, new.bulk_first)
  returning id, ctid into new.id, new.ctid;
  return new;
end
$$;
create trigger add_change instead of insert on belfry.changes for each row execute function belfry.add_change();

create function belfry.take_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  delete from belfry.captured_rows where id = old.id;
  if not found then
    delete from belfry.other_changes where id = old.id;
  end if;
  -- Null where another was quicker.
  return case when found then old end;
end
$$;
create trigger take_change instead of delete on belfry.changes for each row execute function belfry.take_change();
revoke execute on function belfry.add_change, belfry.take_change from public;

-- What a bulk takes back, counts and counts again lies in the wide table, at its place.
create or replace function belfry.take_bulk(of_rule integer, places text) returns setof jsonb
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off
as $$
begin
  -- A setting is anybody's, so it may be nonsense.
  if places !~ '^( \([0-9]{1,9},[0-9]{1,4}\))+$' then
    return;
  end if;
  return query
    with taken as (
      delete from belfry.other_changes
       where ctid = any (string_to_array(ltrim(places), ' ')::tid[])
         and transaction = pg_current_xact_id() and rule = of_rule and bulk_rows is null
      returning id, operation, key, old, new)
    select jsonb_build_object('operation', operation, 'key', key, 'old', old, 'new', new) from taken order by id limit 5;
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
    update belfry.other_changes set bulk_rows = total
     where ctid = place::tid and transaction = pg_current_xact_id() and rule = new.rule and bulk_rows = 0
    returning ctid into stored;
  end if;
  if stored is null then
    update belfry.other_changes set bulk_rows = total where id = new.change returning ctid into stored;
  end if;
  perform set_config(setting, '', true), set_config(setting || '_told', concat(total, ' ', stored), true);
  return null;
end
$$;

create or replace function belfry.reopen_bulk(of_rule integer, place tid) returns tid
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off
as $$
declare
  change bigint;
begin
  update belfry.other_changes set bulk_rows = 0
   where ctid = place and transaction = pg_current_xact_id() and rule = of_rule and bulk_rows > 0
  returning ctid, id into place, change;
  if not found then
    return null;
  end if;
  insert into belfry.bulks (rule, change) values (of_rule, change);
  return place;
end
$$;

-- A view's triggers do not fire where `session_replication_role` is `replica`, as in logical replication: what the business's own sessions run
-- writes to the table itself, rules' triggers of the version before (until they are applied again) and what publishes.
do $$
declare
  written record;
begin
  for written in
    select oid from pg_proc
     where pronamespace = 'belfry'::regnamespace and prosrc like '%insert into belfry.changes %' and pg_has_role(proowner, 'usage')
  loop
    execute replace(pg_get_functiondef(written.oid), 'insert into belfry.changes ', 'insert into belfry.other_changes ');
  end loop;
end
$$;
