-- What a rule's key, digest and resolve keep with a notification, so that the relay finds it again.
alter table belfry.notifications
  add column key            text,                              -- changes with the same one update it; null: none do, or none do any more
  add column latest         text[],                            -- titles of the last few of those changes, newest first
  add column window_ends_at timestamptz,                       -- digest: changes from then on are of another one
  add column resolvable     boolean not null default false;    -- by a later change of the row that it came from

-- One open notification for a key.
create unique index notifications_key_key on belfry.notifications (topic, key) where key is not null and resolved_at is null;
create index notifications_resolvable_idx on belfry.notifications (topic, source_key) where resolvable and resolved_at is null;

-- The row needs nobody any more: not a ring, but the end of what rang.
alter table belfry.changes add column resolves boolean not null default false;
alter table belfry.failed_changes add column resolves boolean not null default false;

-- An entry that raised a notification for others than it went to before.
alter table belfry.journal add column readdressed boolean not null default false;
