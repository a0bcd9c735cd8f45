-- Who has taken a notification on says so since when. What somebody else has taken on is nobody else's unread.
alter table belfry.notifications add column claimed_at timestamptz;
create index notifications_claimed_idx on belfry.notifications (position) where claimed_by is not null;

-- What one admin alone is to be given again, with their own state: taken out of the archive, woken from a snooze.
alter table belfry.journal add column own_of text;
-- It may count again for whom it did not: it was released.
alter table belfry.journal add column reopens boolean not null default false;

create index receipts_archived_idx on belfry.receipts (user_id, position) where archived_at is not null;
create index receipts_snoozed_idx on belfry.receipts (user_id, position) where snoozed_until is not null;
create index receipts_due_idx on belfry.receipts (snoozed_until) where snoozed_until is not null;
