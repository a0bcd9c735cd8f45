-- Who publishes all tables of a database publishes these as well, and then what has neither a primary key nor a replica identity
-- can't be deleted from: the relay stood still at the first bulk.
alter table belfry.bulks replica identity full;
