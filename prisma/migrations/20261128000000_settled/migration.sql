-- What is resolved or taken on is nobody's unread but its claimer's. That stands in the audience, where counting walks: an inbox of a
-- hundred thousand alerts that have all settled themselves is counted without a look at any of them.
alter table belfry.audience add column settled boolean not null default false;
update belfry.audience a set settled = true
  from belfry.notifications n where n.position = a.position and (n.resolved_at is not null or n.claimed_by is not null);

create index audience_open_idx on belfry.audience (channel, position) where not settled;
create index audience_settled_idx on belfry.audience (channel, position) where settled;

-- Whoever settles it, and be it by hand. A raise writes the audience anew, at its new position, and says it there.
create function belfry.settle() returns trigger
language plpgsql
as $$
begin
  update belfry.audience set settled = new.resolved_at is not null or new.claimed_by is not null where position = new.position;
  return null;
end
$$;
create trigger settle after update of resolved_at, claimed_by on belfry.notifications
  for each row when ((old.resolved_at is null and old.claimed_by is null) <> (new.resolved_at is null and new.claimed_by is null))
  execute function belfry.settle();

-- An admin's own: theirs though settled.
create index notifications_taken_idx on belfry.notifications (claimed_by, position) where claimed_by is not null and resolved_at is null;
-- Of what is unread, what was raised: a look-up that finds nothing for the others, and reads none of them.
create index notifications_raised_idx on belfry.notifications (position, id) where id <> position;
drop index belfry.notifications_resolved_idx;
drop index belfry.notifications_claimed_idx;

-- By position and admin at once: by position alone PostgreSQL went through the receipts of all admins for one of them.
drop index belfry.receipts_position_idx;
create index receipts_position_idx on belfry.receipts (position, user_id);
