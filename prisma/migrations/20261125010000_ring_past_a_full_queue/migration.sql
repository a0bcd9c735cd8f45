-- A full notification queue fails every commit that notifies, at the commit, where no one can catch it. So the doorbell looks
-- before it rings: what is not rung for is found by the relay's own look, within a second. The relay itself stops asking for
-- rings from a quarter on, but looks only every ten seconds; this half is for a queue that fills faster than that.
create or replace function belfry.ring() returns void
language plpgsql
as $$
begin
  if pg_catalog.pg_try_advisory_lock_shared(1650814054, 2) then
    perform pg_catalog.pg_advisory_unlock_shared(1650814054, 2);
  elsif pg_catalog.pg_notification_queue_usage() < 0.5 then
    perform pg_catalog.pg_notify('belfry_changes', '');
  end if;
end
$$;
