-- The lives of the journal, as PostgreSQL keeps its timelines: an epoch begins whenever the journal may have gone back and
-- nobody was there to see that it did not (a restored backup, a promoted standby, a copy of the database). A cursor of an
-- earlier epoch holds up to where the next one began; above that it speaks of entries that no longer exist.
create table belfry.epochs (
  number   integer     generated always as identity primary key,
  name     text        not null unique,
  since    bigint      not null,                               -- the last position that was given before it began
  began_at timestamptz not null default now()
);

alter table belfry.relay_state
  add column origin text,                                      -- where the journal lives, as src/relay/lineage.ts has it
  drop column epoch;
