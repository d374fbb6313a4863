-- What the data plane used and what happened on it. Both outlive the hybrid connections that they tell of, so neither
-- refers to their rows. Times are integer milliseconds since 1970 in UTC.

-- One row for each hybrid connection and hour in which it was used.
create table relay_usage (
    -- The hybrid connection's resource ID in lower case, and as it was spelled.
    resource_key text not null,
    resource_id text not null,
    -- The beginning of the hour.
    hour integer not null,
    bytes_to_listener integer not null check (bytes_to_listener >= 0),
    bytes_to_sender integer not null check (bytes_to_sender >= 0),
    connections integer not null check (connections >= 0),
    requests integer not null check (requests >= 0),
    listener_milliseconds integer not null check (listener_milliseconds >= 0),
    listeners_peak integer not null check (listeners_peak >= 0),
    constraint relay_usage_pk primary key (resource_key, hour)
) strict, without rowid;

create index relay_usage_hour_ix on relay_usage (hour);

-- IDs are never used twice: clients continue after the last one that they saw.
create table relay_event (
    id integer primary key autoincrement,
    relay_namespace_id integer not null,
    -- The hybrid connection's name with '/', or the path that was asked for.
    entity text not null collate nocase,
    at integer not null,
    operation text not null collate nocase,
    tracking_id text not null collate nocase,
    message text not null,
    remote_endpoint text not null,
    status integer,
    listener_id text,
    identity text,
    bytes_to_listener integer,
    bytes_to_sender integer,
    started_at integer
) strict;

create index relay_event_relay_namespace_id_ix on relay_event (relay_namespace_id);

-- Row IDs of namespaces and hybrid connections are never used twice, although SQLite gives the highest one again after
-- its row is deleted: events, and what the gateway holds open, belong to the row that is gone.
create table last_deleted_row (
    name text primary key,
    row_id integer not null
) strict, without rowid;

create trigger relay_namespace_deleted after delete on relay_namespace
begin
    insert into last_deleted_row (name, row_id) values ('relay_namespace', old.id)
    on conflict (name) do update set row_id = max(row_id, excluded.row_id);
end;

create trigger hybrid_connection_deleted after delete on hybrid_connection
begin
    insert into last_deleted_row (name, row_id) values ('hybrid_connection', old.id)
    on conflict (name) do update set row_id = max(row_id, excluded.row_id);
end;
