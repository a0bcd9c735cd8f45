-- Publishing from code: what comes from no table goes the way round that a row's change goes.

-- What is published, checked as rules are. Raises 22023 with what was found and expected. It writes nothing, so anybody may ask.
create function belfry.publication(
  topic text, audience text[], title text, body text, link text, severity text, key text, expires_in interval
) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  found text;
  expected text;
  wrong text;
  channel text;
begin
  if topic is null or topic !~ '^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$' or length(topic) > 50 then
    wrong := 'topic'; found := topic; expected := 'a dotted name of lower-case letters, digits and _, as order.created, of at most 50 characters';
  elsif coalesce(cardinality(audience), 0) not between 1 and 100 then
    wrong := 'audience'; found := coalesce(cardinality(audience), 0) || ' channels'; expected := '1 to 100: everyone, role:<name> or user:<id>';
  elsif title is null or btrim(title, E' \t\n\r') = '' or length(title) > 10000 then
    wrong := 'title'; found := coalesce(length(title) || ' characters', 'null'); expected := 'text of at most 10000 characters, of which 200 are shown';
  elsif length(body) > 10000 then
    wrong := 'body'; found := length(body) || ' characters'; expected := 'at most 10000, of which 2000 are shown';
  elsif severity is null or severity not in ('info', 'success', 'warning', 'critical') then
    wrong := 'severity'; found := severity; expected := 'one of info, success, warning, critical';
  elsif key = '' or length(key) > 200 or key ~ '[\u0001-\u001f\u007f-\u009f]' then
    wrong := 'key'; found := key; expected := '1 to 200 printable characters, or null';
  elsif link = '' or length(link) > 2000 or link ~ '[\u0001-\u001f\u007f-\u009f]|^\s|\s$'
     or link ~ '^[\\/]{2}|^\\' or (link ~ '^[^/?#]*:' and link !~* '^https?://[^/]') then
    wrong := 'link'; found := link; expected := 'a path of your own site, or http: or https:, of at most 2000 characters';
  elsif expires_in <= interval '0' or expires_in > interval '366 days' then
    wrong := 'expires_in'; found := expires_in::text; expected := 'a time of more than nothing and at most 366 days';
  else
    foreach channel in array audience loop
      if channel is null or channel !~ '^(everyone|(role|user):[^\u0001-\u001f\u007f-\u009f\s][^\u0001-\u001f\u007f-\u009f]{0,199})$' then
        wrong := 'audience'; found := channel; expected := 'everyone, role:<name> or user:<id> of at most 200 printable characters';
        exit;
      end if;
    end loop;
  end if;
  if wrong is not null then
    raise exception using errcode = 'invalid_parameter_value',
      message = format('%s: found %s, expected %s', wrong, coalesce(quote_literal(left(found, 80)), 'null'), expected);
  end if;
  return jsonb_build_object(
    'topic', topic, 'title', title, 'body', body, 'link', link, 'severity', severity, 'key', key,
    'audience', (select jsonb_agg(name order by place) from (select name, min(place) as place from unnest(audience) with ordinality as given (name, place) group by name) as each_once),
    'expiresIn', extract(epoch from expires_in)::float8);
end
$$;

-- Publishes in the caller's own transaction. Returns the change's number; null under belfry.mute.
create function belfry.publish(
  topic text, audience text[], title text, body text default null, link text default null, severity text default 'info',
  key text default null, expires_in interval default null
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  content jsonb := belfry.publication(topic, audience, title, body, link, severity, key, expires_in);
  change bigint;
begin
  if current_setting('belfry.mute', true) = 'on' then
    return null;
  end if;
  insert into belfry.changes (operation, new) values ('publish', content) returning id into change;
  perform belfry.ring();
  return change;
end
$$;

-- Takes what rang with this key from every badge. Where nothing is open, nothing happens.
create function belfry.resolve(topic text, key text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  change bigint;
begin
  if topic is null or key is null or length(topic) > 50 or length(key) > 200 then
    raise exception using errcode = 'invalid_parameter_value',
      message = format('found topic %L and key %L, expected those that it was published with', left(topic, 80), left(key, 80));
  end if;
  if current_setting('belfry.mute', true) = 'on' then
    return null;
  end if;
  insert into belfry.changes (operation, new) values ('resolve', jsonb_build_object('topic', topic, 'key', key)) returning id into change;
  perform belfry.ring();
  return change;
end
$$;

-- Who may publish is granted by name.
revoke execute on function belfry.publish, belfry.resolve from public;

-- What was published over REST: a request that is sent again finds its answer here, for a day.
create table belfry.publications (
  id              bigint      generated always as identity primary key,
  user_id         text        not null,
  idempotency_key text,                                        -- null: the caller gave none
  fingerprint     text        not null,                        -- of the request's body
  notification    bigint,                                      -- null until the relay has made it
  failed          text,                                        -- why its change was parked
  created_at      timestamptz not null default now()
);
create unique index publications_idempotency_key on belfry.publications (user_id, idempotency_key) where idempotency_key is not null;
create index publications_created_at_idx on belfry.publications (created_at);
