-- Whom refused messages name: hashes of visitors and persons, by which the messages are erased.

create table quarantine_ids (
  quarantine_id text not null references quarantine (id) on delete cascade,
  id bigint not null,
  primary key (quarantine_id, id)
);
create index quarantine_ids_of_id on quarantine_ids (id);
