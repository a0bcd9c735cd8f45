-- What nobody has taken on in time goes to more. When that is due, and to whom, was rendered with the notification: a rule that is
-- edited meanwhile does not change it, and a process that goes takes nothing with it.
alter table belfry.notifications
  add column escalate_at  timestamptz,                         -- null: never, or it came due and the relay has it
  add column escalate_to  text[],                              -- channels
  add column escalated_at timestamptz;                         -- from then on its audience has these as well

-- What is claimed is not looked at, and comes due at once when it is released too late.
create index notifications_escalating_idx on belfry.notifications (escalate_at)
 where escalate_at is not null and resolved_at is null and claimed_by is null;
