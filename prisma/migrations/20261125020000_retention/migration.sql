-- How far back things are kept. What lies at or below a purged position is gone, from the moment the number says so: the
-- rows are deleted behind it, batch by batch, and until then nobody reads them. So a reader learns of a purge in the very
-- statement that would otherwise find a hole.
create table belfry.retention (
  single                     boolean     primary key default true check (single),
  journal_purged_up_to       bigint      not null default 0,   -- position
  notifications_purged_up_to bigint      not null default 0,   -- id; never above the journal's: no entry speaks of what is gone
  notifications_kept         bigint      not null default 0,   -- how many there are from there up to
  counted_up_to              bigint      not null default 0,   -- this id
  looked_at                  timestamptz                       -- when a purge last came to its end
);
insert into belfry.retention (journal_purged_up_to)
select coalesce((select position - 1 from belfry.journal order by position limit 1), position) from belfry.relay_state;

-- An entry that says: notifications up to this id are gone. It has neither notification nor receipt.
alter table belfry.journal add column purged_up_to bigint;

-- By notification, to find whom it went to and to delete what belongs to it.
create index audience_notification_idx on belfry.audience (notification, channel);
create index receipts_notification_idx on belfry.receipts (notification);
-- Few, and left out of every count.
create index notifications_resolved_idx on belfry.notifications (id) where resolved_at is not null;
create index notifications_expiring_idx on belfry.notifications (expires_at) where resolved_at is null and expires_at is not null;
create index failed_changes_failed_at_idx on belfry.failed_changes (failed_at);

-- Written at one end, purged at the other: clean them after some ten thousand rows and a fiftieth of what there is, not a
-- fifth of ten million, and keep the visibility map fresh for what only reads an index.
alter table belfry.journal set (
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 10000,
  autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_vacuum_insert_threshold = 50000);
alter table belfry.notifications set (
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 10000,
  autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_vacuum_insert_threshold = 50000);
alter table belfry.audience set (
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 10000,
  autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_vacuum_insert_threshold = 50000);
alter table belfry.receipts set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 10000);
