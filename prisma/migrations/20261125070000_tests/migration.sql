-- A test of a rule: goes to these channels, whatever the rule's audience says, and is marked in its title. Null: no test.
alter table belfry.changes add column test_for text[];
alter table belfry.failed_changes add column test_for text[];
