-- A notification lives on: what is raised again keeps its id and its one row, and takes the position of the entry that raised
-- it. Order, watermarks, audience and receipts go by that position. So a receipt speaks of what its admin has seen: after the
-- next raise it is of a position that is no longer there, and nobody's own state has to be written anew.
alter table belfry.notifications add column position bigint;     -- of the entry that raised it last; at first its id
update belfry.notifications set position = id;
alter table belfry.notifications alter column position set not null;
create unique index notifications_position_key on belfry.notifications (position);

-- Up to now each notification's position was its id.
alter table belfry.audience rename column notification to position;
alter table belfry.receipts rename column notification to position;
alter index belfry.audience_notification_idx rename to audience_position_idx;
alter index belfry.receipts_notification_idx rename to receipts_position_idx;

drop index belfry.notifications_resolved_idx;
create index notifications_resolved_idx on belfry.notifications (position) where resolved_at is not null;

-- Where the notification was before this entry raised it; null for an entry that did not.
alter table belfry.journal add column raised_from bigint;
