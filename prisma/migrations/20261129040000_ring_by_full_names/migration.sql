-- A trigger function whose every name has its schema has no search_path of its own any more, and this runs with its rights: the
-- operator has its schema too.
create or replace function belfry.ring() returns void
language plpgsql
as $$
begin
  if pg_catalog.pg_try_advisory_lock_shared(1650814054, 2) then
    perform pg_catalog.pg_advisory_unlock_shared(1650814054, 2);
  elsif pg_catalog.pg_notification_queue_usage() operator(pg_catalog.<) 0.5 then
    perform pg_catalog.pg_notify('belfry_changes', '');
  end if;
end
$$;
