-- Where a due snooze has come back to: the position of the journal entry that brought it back, for this admin alone. Null: it is where
-- its notification is. A receipt with a place of its own says itself whether it is read (`read` is not null), so no watermark asks.
alter table belfry.receipts add column surfaced bigint;

create index receipts_surfaced_idx on belfry.receipts (user_id, surfaced) where surfaced is not null;
-- Of these what is unread: asked for at every count.
create index receipts_surfaced_unread_idx on belfry.receipts (user_id, surfaced) where surfaced is not null and read = false;

-- What was put away lies in the order of its places.
create index receipts_archived_place_idx on belfry.receipts (user_id, (coalesce(surfaced, position))) where archived_at is not null;
create index receipts_snoozed_place_idx on belfry.receipts (user_id, (coalesce(surfaced, position))) where snoozed_until is not null;
drop index belfry.receipts_archived_idx;
drop index belfry.receipts_snoozed_idx;
