-- Everything Belfry keeps. The words are the glossary's (docs/delivery.md).
-- No foreign keys between the tables that the relay fills: it writes them together in one transaction, and a key's
-- check would be paid once per notification for what that transaction already guarantees.

-- One row per version of a rule. A change names the version that captured it, so a version outlives its trigger:
-- what was captured under it is still delivered.
create table belfry.rules (
  id            integer generated always as identity primary key,
  topic         text        not null,
  definition    jsonb       not null,            -- the checked rule, as `Rule` in src/rules/rule.ts
  captures      jsonb       not null default '{}', -- table and columns it reads, with their types, as `Captures`
  fingerprint   text        not null,            -- of definition and generated SQL: equal means nothing to apply
  applied_at    timestamptz not null default now(),
  retired_at    timestamptz,                     -- left the file, or was replaced
  drift         text,                            -- what no longer fits the table; null while it fits
  fired         bigint      not null default 0,  -- notifications
  failed        bigint      not null default 0,  -- changes parked
  last_fired_at timestamptz,
  last_error    text
);

create unique index rules_topic_key on belfry.rules (topic) where retired_at is null;

-- The outbox. Written by triggers inside the business transaction, and by an admin's own request; emptied by the relay.
-- Rows are taken off, never read by a cursor: ids are drawn before the commit, so `id > last` would skip rows for good.
create table belfry.changes (
  id          bigint generated always as identity primary key,
  rule        integer,                                         -- null: an admin's own change (receipt)
  operation   text        not null,                            -- insert | update | delete | receipt
  key         text,                                            -- primary key of the row; several columns joined by ','
  old         jsonb,                                           -- only the columns that the rule uses
  new         jsonb,
  receipt     jsonb,                                           -- { user, upTo | ids, read?, seen?, … }
  capture     text,                                            -- why capturing fell short; null when it did not
  transaction xid8        not null default pg_current_xact_id(),
  captured_at timestamptz not null default clock_timestamp(),
  db_role     text        not null default session_user,
  application text        not null default current_setting('application_name'),
  actor       text                 default nullif(current_setting('belfry.actor', true), '')
);

-- A queue that empties is mostly dead rows: clean it early, and by number rather than by share.
alter table belfry.changes set (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
  autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 200000,
  autovacuum_vacuum_cost_delay = 0
);

-- Changes that could not become a notification, whole, with the reason.
create table belfry.failed_changes (
  id          bigint      primary key,                         -- the change's id
  rule        integer,
  operation   text        not null,
  key         text,
  old         jsonb,
  new         jsonb,
  receipt     jsonb,
  transaction xid8        not null,
  captured_at timestamptz not null,
  db_role     text        not null,
  application text        not null,
  actor       text,
  reason      text        not null,
  failed_at   timestamptz not null default now()
);

-- The last position given, and the seed of the epoch. Its row lock is the fence: who does not hold it can't write.
create table belfry.relay_state (
  single   boolean primary key default true check (single),
  position bigint  not null default 0,
  epoch    text    not null default substr(replace(gen_random_uuid()::text, '-', ''), 1, 12)
);
insert into belfry.relay_state default values;

-- Everything a stream may have to tell a browser, numbered in commit order.
create table belfry.journal (
  position     bigint      primary key,
  channels     text[]      not null,
  notification bigint,                                         -- what the entry is about, or
  receipt      jsonb,                                          -- an admin's own change
  occurred_at  timestamptz not null,                           -- commit time where the server tracks it, else capture time
  written_at   timestamptz not null default now()
);

-- One row, however many admins see it. Its id is the position of the entry that created it.
create table belfry.notifications (
  id           bigint      primary key,
  topic        text        not null,
  severity     text        not null check (severity in ('info', 'success', 'warning', 'critical')),
  title        text        not null,
  body         text,
  link         text,
  source_table text,
  source_key   text,
  actor        text,
  occurrences  integer     not null default 1,
  created_at   timestamptz not null,                           -- when the row was written
  updated_at   timestamptz not null,
  delivered_at timestamptz not null default now(),             -- when the relay wrote this
  committed_at timestamptz,                                    -- where the server has track_commit_timestamp = on
  resolved_at  timestamptz,
  resolved_by  text,
  claimed_by   text,
  expires_at   timestamptz,
  rule         integer,
  change       jsonb                                           -- { operation, old, new, transaction, dbRole, application }
);

create table belfry.audience (
  channel      text   not null,
  notification bigint not null,
  primary key (channel, notification)
);

-- One admin's watermarks: all up to them is read, seen. Begins when the admin is first seen.
create table belfry.inboxes (
  user_id    text        primary key,
  began_at   timestamptz not null default now(),
  read_up_to bigint      not null default 0,
  read_at    timestamptz not null default now(),               -- when read_up_to was last moved
  seen_up_to bigint      not null default 0,
  seen_at    timestamptz not null default now()
);

-- Exceptions from the watermarks.
create table belfry.receipts (
  user_id       text        not null,
  notification  bigint      not null,
  read          boolean,                                       -- null: as the watermark says
  read_at       timestamptz,
  archived_at   timestamptz,
  snoozed_until timestamptz,
  primary key (user_id, notification)
);
-- Marked unread below the watermark: few, and asked for at every count.
create index receipts_unread_idx on belfry.receipts (user_id, notification) where read = false;

-- The doorbell. Called by whoever wrote a change, inside the same transaction: notifies only while the relay sleeps, which
-- it shows by holding this lock. With no relay nobody is woken, so nobody rings: a NOTIFY at every commit would serialise
-- the business's own commits. Nothing of it outlives the statement.
-- The numbers are those of src/relay/doorbell.ts. Qualified names rather than a search_path of its own, which would be set and
-- reset at every commit of the business.
create function belfry.ring() returns void
language plpgsql
as $$
begin
  if pg_catalog.pg_try_advisory_lock_shared(1650814054, 2) then
    perform pg_catalog.pg_advisory_unlock_shared(1650814054, 2);
  else
    perform pg_catalog.pg_notify('belfry_changes', '');
  end if;
end
$$;
