-- What each admin wants to be disturbed by. Read and replaced whole, by its admin alone, so it is one value; what it may hold is
-- checked where it comes in. Who has never said anything has no row.
create table belfry.preferences (
  user_id     text        primary key,
  preferences jsonb       not null,
  updated_at  timestamptz not null default now()
);
