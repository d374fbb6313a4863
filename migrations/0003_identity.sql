-- Tenants, users, groups, federated credentials, and roles of our own.

create table tenant (
    id integer primary key,
    tenant_id text not null collate nocase,
    display_name text not null,
    etag text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint tenant_tenant_id_uq unique (tenant_id)
) strict;

-- What owns a subscription is a tenant; until here there was no more of it than that.
insert into tenant (tenant_id, display_name, etag, created_at, updated_at)
select distinct tenant_id, 'Default Directory', upper(hex(randomblob(8))), 0, 0 from subscription;

-- A person who signs in with a name and a password. The password is hashed with scrypt.
create table directory_user (
    id integer primary key,
    tenant_id text not null collate nocase,
    object_id text not null collate nocase,
    user_principal_name text not null collate nocase,
    display_name text not null,
    is_enabled integer not null check (is_enabled in (0, 1)),
    salt blob not null,
    hash blob not null,
    -- Grows when the password changes or the user is disabled: refresh tokens of before are worth nothing.
    credential_version integer not null default 1,
    etag text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint directory_user_object_id_uq unique (object_id),
    constraint directory_user_user_principal_name_uq unique (user_principal_name)
) strict;

create table directory_group (
    id integer primary key,
    tenant_id text not null collate nocase,
    object_id text not null collate nocase,
    display_name text not null,
    description text,
    etag text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint directory_group_object_id_uq unique (object_id)
) strict;

-- Members are users, service principals and groups, by their object IDs.
create table directory_group_member (
    directory_group_id integer not null
        constraint directory_group_member_directory_group_fk references directory_group (id) on delete cascade,
    object_id text not null collate nocase,
    constraint directory_group_member_pk primary key (directory_group_id, object_id)
) strict, without rowid;

create index directory_group_member_object_id_ix on directory_group_member (object_id);

-- Tokens of a foreign issuer with that subject sign the service principal in.
create table federated_credential (
    id integer primary key,
    service_principal_id integer not null
        constraint federated_credential_service_principal_fk references service_principal (id) on delete cascade,
    name text not null collate nocase,
    issuer text not null,
    subject text not null,
    -- JSON array of strings.
    audiences text not null,
    description text,
    etag text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint federated_credential_service_principal_id_name_uq unique (service_principal_id, name),
    constraint federated_credential_issuer_subject_uq unique (service_principal_id, issuer, subject)
) strict;

-- Roles that are not built in.
create table role_definition (
    id integer primary key,
    tenant_id text not null collate nocase,
    -- A GUID.
    name text not null collate nocase,
    role_name text not null collate nocase,
    description text not null,
    -- JSON array of objects with the arrays actions, notActions, dataActions, notDataActions.
    permissions text not null,
    -- JSON array of resource IDs.
    assignable_scopes text not null,
    etag text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint role_definition_name_uq unique (name),
    constraint role_definition_tenant_id_role_name_uq unique (tenant_id, role_name)
) strict;

-- The kind of a plan follows from its size and properties; before, it was what a client had said.
update app_service_plan
set kind = case
    when json_extract(properties, '$.hyperV') or json_extract(properties, '$.isXenon') then 'xenon'
    when sku_name = 'Y1' then 'functionapp'
    when sku_name like 'EP_' then 'elastic'
    when json_extract(properties, '$.reserved') then 'linux'
    else 'app'
end;

-- An assignment at `/` holds in one tenant only.
-- Two tenants meet at the scope '/': names and principals there are unique in each of them alone.
create table role_assignment_of_tenant (
    id integer primary key,
    tenant_id text not null collate nocase,
    name text not null collate nocase,
    scope text not null,
    scope_key text not null,
    role_definition_id text not null collate nocase,
    principal_id text not null collate nocase,
    principal_type text not null,
    description text,
    etag text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint role_assignment_scope_key_tenant_id_name_uq unique (scope_key, tenant_id, name),
    constraint role_assignment_scope_key_tenant_id_role_definition_id_principal_id_uq
        unique (scope_key, tenant_id, role_definition_id, principal_id)
) strict;

insert into role_assignment_of_tenant
    (id, tenant_id, name, scope, scope_key, role_definition_id, principal_id, principal_type, description, etag,
    created_at, updated_at)
select id, ifnull((select tenant_id from subscription order by id limit 1), ''), name, scope, scope_key,
    role_definition_id, principal_id, principal_type, description, etag, created_at, updated_at
from role_assignment;

drop table role_assignment;
alter table role_assignment_of_tenant rename to role_assignment;
