-- What lists are filtered by stands beside the channel, so that a page of one topic, or of what is critical, is a stretch of an index:
-- looked for in the notifications themselves, something rare would be looked for through all of them.
alter table belfry.audience add column topic text, add column severity text;
update belfry.audience a set topic = n.topic, severity = n.severity from belfry.notifications n where n.position = a.position;

create index audience_topic_idx on belfry.audience (channel, topic, severity, position);
create index audience_severity_idx on belfry.audience (channel, severity, position);
