-- A default asks for the right on its sequence, as an identity does not: a trigger whose function is of a role that was granted tables only
-- would fail the business's write. Who may call it can skip numbers, no more.
grant usage on sequence belfry.changes_id_seq to public;

-- Whoever was granted the outbox by its name has both tables and the view.
do $$
declare
  given record;
begin
  for given in
    select privilege_type as privilege, case when grantee = 0 then 'public' else grantee::regrole::text end as role
      from pg_class c cross join aclexplode(c.relacl)
     where c.oid = 'belfry.other_changes'::regclass and grantee <> c.relowner
  loop
    execute format('grant %s on belfry.captured_rows, belfry.changes to %s', given.privilege, given.role);
  end loop;
end
$$;
