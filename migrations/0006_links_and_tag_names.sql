-- Links between resources, and the tag names and values that a subscription proposes. Links stand at scopes as locks do.

create table resource_link (
    id integer primary key,
    scope text not null,
    scope_key text not null,
    name text not null collate nocase,
    target text not null,
    target_key text not null,
    notes text,
    etag text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint resource_link_scope_key_name_uq unique (scope_key, name)
) strict;

create table tag_name (
    id integer primary key,
    subscription_id integer not null
        constraint tag_name_subscription_fk references subscription (id) on delete cascade,
    name text not null collate nocase,
    constraint tag_name_subscription_id_name_uq unique (subscription_id, name)
) strict;

create table tag_value (
    tag_name_id integer not null constraint tag_value_tag_name_fk references tag_name (id) on delete cascade,
    value text not null,
    constraint tag_value_pk primary key (tag_name_id, value)
) strict, without rowid;
