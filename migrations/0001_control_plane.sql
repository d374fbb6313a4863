-- The control plane: subscriptions, resource groups, relay and web resources, principals, roles, locks, activity log.
-- Times are integer milliseconds since 1970 in UTC. Names keep their spelling and compare without regard to case.

create table subscription (
    id integer primary key,
    subscription_id text not null collate nocase,
    tenant_id text not null collate nocase,
    display_name text not null,
    tags text not null default '{}',
    constraint subscription_subscription_id_uq unique (subscription_id)
) strict;

create table resource_group (
    id integer primary key,
    subscription_id integer not null constraint resource_group_subscription_fk references subscription (id),
    name text not null collate nocase,
    location text not null,
    tags text not null,
    managed_by text,
    etag text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint resource_group_subscription_id_name_uq unique (subscription_id, name)
) strict;

create table relay_namespace (
    id integer primary key,
    resource_group_id integer not null
        constraint relay_namespace_resource_group_fk references resource_group (id),
    name text not null collate nocase,
    location text not null,
    tags text not null,
    public_network_access text not null,
    minimum_tls_version text not null,
    etag text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint relay_namespace_name_uq unique (name)
) strict;

create index relay_namespace_resource_group_id_ix on relay_namespace (resource_group_id, name);

create table hybrid_connection (
    id integer primary key,
    relay_namespace_id integer not null
        constraint hybrid_connection_relay_namespace_fk references relay_namespace (id) on delete cascade,
    name text not null collate nocase,
    requires_client_authorization integer not null check (requires_client_authorization in (0, 1)),
    user_metadata text,
    response_deadline_seconds integer check (response_deadline_seconds >= 0),
    etag text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint hybrid_connection_relay_namespace_id_name_uq unique (relay_namespace_id, name)
) strict;

create table wcf_relay (
    id integer primary key,
    relay_namespace_id integer not null
        constraint wcf_relay_relay_namespace_fk references relay_namespace (id) on delete cascade,
    name text not null collate nocase,
    relay_type text not null check (relay_type in ('NetTcp', 'Http')),
    requires_client_authorization integer not null check (requires_client_authorization in (0, 1)),
    requires_transport_security integer not null check (requires_transport_security in (0, 1)),
    user_metadata text,
    etag text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint wcf_relay_relay_namespace_id_name_uq unique (relay_namespace_id, name)
) strict;

-- A rule belongs to the namespace itself when neither entity is named. 0 stands for "none" in the unique index.
create table authorization_rule (
    id integer primary key,
    relay_namespace_id integer not null
        constraint authorization_rule_relay_namespace_fk references relay_namespace (id) on delete cascade,
    hybrid_connection_id integer
        constraint authorization_rule_hybrid_connection_fk references hybrid_connection (id) on delete cascade,
    wcf_relay_id integer constraint authorization_rule_wcf_relay_fk references wcf_relay (id) on delete cascade,
    name text not null collate nocase,
    rights integer not null check (rights between 1 and 7),
    key_binding_id text not null,
    primary_key_sealed blob not null,
    secondary_key_sealed blob not null,
    etag text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint authorization_rule_one_parent_ck check (hybrid_connection_id is null or wcf_relay_id is null)
) strict;

create unique index authorization_rule_parent_name_uq
    on authorization_rule (relay_namespace_id, ifnull(hybrid_connection_id, 0), ifnull(wcf_relay_id, 0), name);
create index authorization_rule_hybrid_connection_id_ix on authorization_rule (hybrid_connection_id);
create index authorization_rule_wcf_relay_id_ix on authorization_rule (wcf_relay_id);

create table network_rule_set (
    relay_namespace_id integer primary key
        constraint network_rule_set_relay_namespace_fk references relay_namespace (id) on delete cascade,
    default_action text not null check (default_action in ('Allow', 'Deny')),
    trusted_service_access_enabled integer not null check (trusted_service_access_enabled in (0, 1)),
    -- JSON array of addresses and CIDR ranges.
    ip_rules text not null,
    etag text not null,
    created_at integer not null,
    updated_at integer not null
) strict;

create table private_endpoint_connection (
    id integer primary key,
    relay_namespace_id integer not null
        constraint private_endpoint_connection_relay_namespace_fk references relay_namespace (id) on delete cascade,
    name text not null collate nocase,
    private_endpoint_id text,
    status text not null check (status in ('Pending', 'Approved', 'Rejected', 'Disconnected')),
    description text,
    etag text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint private_endpoint_connection_relay_namespace_id_name_uq unique (relay_namespace_id, name)
) strict;

create table app_service_plan (
    id integer primary key,
    resource_group_id integer not null
        constraint app_service_plan_resource_group_fk references resource_group (id),
    name text not null collate nocase,
    location text not null,
    kind text not null,
    tags text not null,
    sku_name text not null,
    capacity integer not null check (capacity >= 0),
    -- JSON object of the remaining writable properties.
    properties text not null,
    etag text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint app_service_plan_resource_group_id_name_uq unique (resource_group_id, name)
) strict;

-- A site, or a deployment slot of one: a slot names its site and has the slot's own name.
create table site (
    id integer primary key,
    resource_group_id integer not null constraint site_resource_group_fk references resource_group (id),
    app_service_plan_id integer not null constraint site_app_service_plan_fk references app_service_plan (id),
    site_id integer constraint site_site_fk references site (id) on delete cascade,
    name text not null collate nocase,
    location text not null,
    kind text not null,
    tags text not null,
    enabled integer not null check (enabled in (0, 1)),
    -- JSON object of the remaining writable properties.
    properties text not null,
    -- JSON object, as the client sent it.
    identity text,
    key_binding_id text not null,
    -- JSON object of the settings that may hold secrets, encrypted.
    settings_sealed blob,
    etag text not null,
    created_at integer not null,
    updated_at integer not null
) strict;

create unique index site_name_uq on site (name) where site_id is null;
create unique index site_site_id_name_uq on site (site_id, name) where site_id is not null;
create index site_resource_group_id_ix on site (resource_group_id, name);
create index site_app_service_plan_id_ix on site (app_service_plan_id);

create table hybrid_connection_binding (
    id integer primary key,
    site_id integer not null constraint hybrid_connection_binding_site_fk references site (id) on delete cascade,
    namespace_name text not null collate nocase,
    relay_name text not null collate nocase,
    relay_arm_uri text,
    hostname text not null,
    port integer not null check (port between 1 and 65535),
    send_key_name text not null,
    key_binding_id text not null,
    send_key_sealed blob,
    etag text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint hybrid_connection_binding_site_id_namespace_name_relay_name_uq
        unique (site_id, namespace_name, relay_name)
) strict;

create index hybrid_connection_binding_namespace_name_relay_name_ix
    on hybrid_connection_binding (namespace_name, relay_name);

-- Which key of a rule was renewed last together with all bindings, so that the two keys alternate.
create table send_key_rotation (
    authorization_rule_id integer primary key
        constraint send_key_rotation_authorization_rule_fk references authorization_rule (id) on delete cascade,
    key_slot text not null check (key_slot in ('PrimaryKey', 'SecondaryKey')),
    rotated_at integer not null
) strict;

-- The older BizTalk hybrid connections: kept and listed, never served.
create table relay_service_connection (
    id integer primary key,
    site_id integer not null constraint relay_service_connection_site_fk references site (id) on delete cascade,
    entity_name text not null collate nocase,
    resource_type text,
    hostname text,
    port integer check (port between 0 and 65535),
    biztalk_uri text,
    key_binding_id text not null,
    entity_connection_string_sealed blob,
    resource_connection_string_sealed blob,
    etag text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint relay_service_connection_site_id_entity_name_uq unique (site_id, entity_name)
) strict;

create table provider_registration (
    subscription_id integer not null
        constraint provider_registration_subscription_fk references subscription (id) on delete cascade,
    provider text not null collate nocase,
    is_registered integer not null check (is_registered in (0, 1)),
    constraint provider_registration_pk primary key (subscription_id, provider)
) strict, without rowid;

-- Scopes are resource IDs; scope_key is the ID in lower case.
create table resource_lock (
    id integer primary key,
    scope text not null,
    scope_key text not null,
    name text not null collate nocase,
    level text not null check (level in ('NotSpecified', 'CanNotDelete', 'ReadOnly')),
    notes text,
    owners text not null,
    etag text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint resource_lock_scope_key_name_uq unique (scope_key, name)
) strict;

create table service_principal (
    id integer primary key,
    tenant_id text not null collate nocase,
    object_id text not null collate nocase,
    client_id text not null collate nocase,
    display_name text not null,
    is_enabled integer not null check (is_enabled in (0, 1)),
    etag text not null,
    created_at integer not null,
    updated_at integer not null,
    constraint service_principal_object_id_uq unique (object_id),
    constraint service_principal_client_id_uq unique (client_id)
) strict;

create table client_secret (
    id integer primary key,
    service_principal_id integer not null
        constraint client_secret_service_principal_fk references service_principal (id) on delete cascade,
    secret_id text not null collate nocase,
    algorithm text not null check (algorithm in ('sha256', 'scrypt')),
    salt blob not null,
    hash blob not null,
    created_at integer not null,
    expires_at integer,
    constraint client_secret_secret_id_uq unique (secret_id)
) strict;

create index client_secret_service_principal_id_ix on client_secret (service_principal_id);

create table role_assignment (
    id integer primary key,
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
    constraint role_assignment_name_scope_key_uq unique (scope_key, name),
    constraint role_assignment_scope_key_role_definition_id_principal_id_uq
        unique (scope_key, role_definition_id, principal_id)
) strict;

-- Keys of the server itself (token signing, certificate authority), encrypted under the master key.
create table server_key (
    name text primary key,
    sealed blob not null,
    created_at integer not null
) strict, without rowid;

create table activity_event (
    id integer primary key,
    event_id text not null,
    at integer not null,
    subscription_id text collate nocase,
    resource_group text collate nocase,
    resource_id text not null,
    resource_key text not null,
    provider text not null collate nocase,
    action text not null,
    caller_tenant_id text not null,
    caller_object_id text not null,
    caller_client_id text not null,
    caller_display_name text not null,
    correlation_id text not null collate nocase,
    request_id text not null,
    client_request_id text,
    http_method text not null,
    client_address text not null,
    succeeded integer not null check (succeeded in (0, 1)),
    error_code text,
    error_message text
) strict;

create index activity_event_at_ix on activity_event (at);

-- Actions that must not run twice when a client repeats the request (key rotation).
create table completed_action (
    caller_object_id text not null,
    client_request_id text not null collate nocase,
    resource_key text not null,
    action text not null,
    outcome text not null,
    completed_at integer not null,
    constraint completed_action_pk primary key (caller_object_id, client_request_id, resource_key, action)
) strict, without rowid;

create index completed_action_completed_at_ix on completed_action (completed_at);
