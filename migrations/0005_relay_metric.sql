-- What happened on the data plane in each minute, as Azure Monitor's metrics of Microsoft.Relay tell it. A row stands
-- only where something happened or where a level changed; a level holds until the next row of the same entity.

create table relay_metric (
    relay_namespace_id integer not null
        constraint relay_metric_relay_namespace_fk references relay_namespace (id) on delete cascade,
    -- The hybrid connection's name with '/'; empty for what was asked of the namespace and of no hybrid connection.
    entity text not null collate nocase,
    -- The beginning of the minute.
    minute integer not null,
    -- Levels, at the end of the minute.
    active_connections integer not null check (active_connections >= 0),
    active_listeners integer not null check (active_listeners >= 0),
    bytes_transferred integer not null check (bytes_transferred >= 0),
    listener_successes integer not null check (listener_successes >= 0),
    listener_client_errors integer not null check (listener_client_errors >= 0),
    listener_server_errors integer not null check (listener_server_errors >= 0),
    listener_disconnects integer not null check (listener_disconnects >= 0),
    sender_successes integer not null check (sender_successes >= 0),
    sender_client_errors integer not null check (sender_client_errors >= 0),
    sender_server_errors integer not null check (sender_server_errors >= 0),
    sender_disconnects integer not null check (sender_disconnects >= 0),
    constraint relay_metric_pk primary key (relay_namespace_id, entity, minute)
) strict, without rowid;

create index relay_metric_minute_ix on relay_metric (minute);
