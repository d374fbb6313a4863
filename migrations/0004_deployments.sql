-- Deployments of templates, and what each did. Documents are JSON as the API shows them, without secrets.

create table deployment (
    id integer primary key,
    -- The subscription or resource group that the deployment is of.
    scope text not null,
    scope_key text not null,
    name text not null collate nocase,
    location text,
    tags text not null,
    -- One of Running, Succeeded, Failed, Canceled.
    state text not null,
    started_at integer not null,
    ended_at integer,
    -- The template as it was sent.
    template text not null,
    -- The properties that documents show.
    properties text not null,
    etag text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint deployment_scope_key_name_uq unique (scope_key, name)
) strict;

create index deployment_state_ix on deployment (state) where state = 'Running';

create table deployment_operation (
    id integer primary key,
    deployment_id integer not null
        constraint deployment_operation_deployment_fk references deployment (id) on delete cascade,
    operation_id text not null collate nocase,
    properties text not null,
    constraint deployment_operation_deployment_id_operation_id_uq unique (deployment_id, operation_id)
) strict;
