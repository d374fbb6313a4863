"""A small estate with one of everything, and every call that the documents describe.

The estate is built, read with every api-version that a published schema exists for, and taken down again. An answer
with another status than the expected one does not stop it, nor does a phase that cannot go on: `problems` has them all.
"""

import base64
import json
import secrets
import uuid
from dataclasses import dataclass, field

from . import published
from .documents import DOCUMENTS, OPERATIONS
from .server import Unexpected

LEGACY = "2016-07-01"
LOCATION = "westus"
SENDER_ROLE = "26baccc8-eea7-41f1-98f4-1762cc7f685d"
UNUSED_PROVIDER = "Microsoft.Insights"
ENDPOINT = ("sql01.corp.example", 1433)


@dataclass(frozen=True)
class Call:
    operation: str
    path: dict
    body: object = None
    query: dict = field(default_factory=dict)
    # The same call for api-version 2016-07-01, where it has another body.
    legacy_body: object = None


class Estate:
    def __init__(self, server):
        self.server = server
        self.problems = []
        suffix = secrets.token_hex(4)
        self.group_name, self.namespace_name = f"contract-{suffix}", f"contract-{suffix}"
        self.plan_name, self.site_name, self.slot_name = f"plan-{suffix}", f"site-{suffix}", "staging"
        self.client_id = f"contract-{suffix}"
        self.settings = server.settings
        self.subscription = {"subscriptionId": self.settings.subscription_id}
        self.tenant = {"tenant": self.settings.tenant_id}
        self.group = {**self.subscription, "resourceGroupName": self.group_name}
        self.namespace = {**self.group, "namespaceName": self.namespace_name}
        self.connection = {**self.namespace, "hybridConnectionName": "orders-db"}
        self.relay = {**self.namespace, "relayName": "billing"}
        self.endpoint_connection = {**self.namespace, "privateEndpointConnectionName": "plant-network"}
        self.plan = {**self.group, "name": self.plan_name}
        self.site = {**self.group, "name": self.site_name}
        self.slot = {**self.site, "slot": self.slot_name}
        self.link_resource = "namespace"
        self.lock = {"scope": self.scope("hybridConnections/orders-db"), "lockName": "keep"}
        self.link = {"scope": self.scope("hybridConnections/orders-db"), "linkName": "app"}
        self.tag_name = {**self.subscription, "tagName": f"plant-{suffix}"}
        self.tag_value = {**self.tag_name, "tagValue": "north"}
        self.other_group = {**self.subscription, "resourceGroupName": f"{self.group_name}-other"}
        self.assignment = {"scope": self.scope(), "roleAssignmentName": str(uuid.uuid4())}
        self.principal_id = None
        self.user_name, self.contract_group = f"{suffix}@contract.example", f"operators-{suffix}"
        self.role = {"scope": self.scope(), "roleDefinitionId": str(uuid.uuid4())}
        self.other_tenant, self.other_subscription = {"tenantId": str(uuid.uuid4())}, {"subscriptionId": str(uuid.uuid4())}
        self.user_id = self.group_id = None
        self.audience = None
        # Filled by `read_pages`: every event of the group, newest first.
        self.events = []

    # Levels of authorization rules: the word in the operation ids, and the path parameters.
    @property
    def levels(self):
        return [("Namespace", self.namespace), ("HybridConnection", self.connection), ("WcfRelay", self.relay)]

    # Apps that can be bound: the word in the operation ids, and the path parameters.
    @property
    def apps(self):
        return [("Site", self.site), ("Slot", self.slot)]

    def bound(self, app, connection="orders-db"):
        return {**app, "namespaceName": self.namespace_name, "relayName": connection}

    def scope(self, below=None):
        """A resource ID without its leading slash: the group's, the namespace's or that of something below it."""
        group = f"subscriptions/{self.settings.subscription_id}/resourceGroups/{self.group_name}"
        if below is None:
            return group
        return f"{group}/providers/Microsoft.Relay/namespaces/{self.namespace_name}" + (f"/{below}" if below else "")

    def connection_id(self, name="orders-db"):
        return "/" + self.scope(f"hybridConnections/{name}")

    def plan_id(self):
        return f"/{self.scope()}/providers/Microsoft.Web/serverfarms/{self.plan_name}"

    # MARK: bodies

    namespace_body = {"location": LOCATION, "tags": {"purpose": "contract"}, "sku": {"name": "Standard", "tier": "Standard"}}
    connection_body = {"properties": {
        "requiresClientAuthorization": True,
        "userMetadata": json.dumps([{"key": "endpoint", "value": "%s:%d" % ENDPOINT}], separators=(",", ":")),
    }}
    relay_body = {"properties": {"relayType": "NetTcp", "requiresClientAuthorization": True, "requiresTransportSecurity": True}}
    network_body = {"properties": {
        "defaultAction": "Allow", "publicNetworkAccess": "Enabled", "ipRules": [{"ipMask": "203.0.113.0/24", "action": "Allow"}],
    }}
    plan_body = {"location": LOCATION, "sku": {"name": "S1", "tier": "STANDARD", "capacity": 1}, "properties": {"perSiteScaling": False}}
    legacy_connection_body = {"properties": {"entityName": "old-orders", "hostname": "sql00.corp.example", "port": 1433}}
    lock_body = {"properties": {"level": "CanNotDelete", "notes": "The contract tests hold it."}}

    def rights(self, level):
        return {"properties": {"rights": ["Send", "Listen"] if level != "HybridConnection" else ["Send"]}}

    def link_body(self):
        return {"properties": {"targetId": "/" + self.scope(""), "notes": "The contract tests made it."}}

    def move_body(self, to, source=None):
        where = f"/subscriptions/{self.settings.subscription_id}/resourceGroups/"
        namespace = "/" + self.scope("")
        if source:
            namespace = namespace.replace(self.group_name, source["resourceGroupName"], 1)
        return {"resources": [namespace], "targetResourceGroup": where + to["resourceGroupName"]}

    def site_body(self):
        return {"location": LOCATION, "properties": {"serverFarmId": self.plan_id(), "siteConfig": {"alwaysOn": True}}}

    def endpoint_body(self, status):
        endpoint = f"/{self.scope()}/providers/Microsoft.Network/privateEndpoints/plant"
        return {"properties": {
            "privateEndpoint": {"id": endpoint},
            "privateLinkServiceConnectionState": {"status": status, "description": "Decided by the contract tests."},
        }}

    def binding_body(self, connection="orders-db", **properties):
        return {"properties": {
            "relayArmUri": self.connection_id(connection), "hostname": ENDPOINT[0], "port": ENDPOINT[1], "sendKeyName": "defaultSender",
            **properties,
        }}

    def assignment_body(self):
        role = f"/subscriptions/{self.settings.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/{SENDER_ROLE}"
        return {"properties": {"roleDefinitionId": role, "principalId": self.principal_id, "principalType": "ServicePrincipal"}}

    def template(self, resources, level="2019-04-01/deploymentTemplate", **more):
        schema = f"https://schema.management.azure.com/schemas/{level}.json#"
        return {"$schema": schema, "contentVersion": "1.0.0.0", "resources": resources, **more}

    def deployment_body(self):
        """Makes what is there already, and asks for it."""
        namespace = {
            "type": "Microsoft.Relay/namespaces", "apiVersion": "2021-11-01", "name": "[parameters('namespace')]", **self.namespace_body,
        }
        template = self.template(
            [namespace], parameters={"namespace": {"type": "string"}, "secret": {"type": "securestring", "defaultValue": "hidden"}},
            outputs={"endpoint": {"type": "string", "value": "[reference(parameters('namespace')).serviceBusEndpoint]"}})
        return {"tags": {"purpose": "contract"}, "properties": {
            "mode": "Incremental", "template": template, "parameters": {"namespace": {"value": self.namespace_name}}}}

    def subscription_deployment_body(self):
        group = {"type": "Microsoft.Resources/resourceGroups", "apiVersion": "2022-09-01", "name": self.group_name, "location": "westus",
                 "tags": {"purpose": "contract"}}
        return {"location": LOCATION, "properties": {
            "mode": "Incremental", "template": self.template([group], "2018-05-01/subscriptionDeploymentTemplate")}}

    @property
    def deployments(self):
        """Both places of deployments: the word in the operation ids, the path parameters and a body."""
        name = {"deploymentName": self.group_name}
        return [("", {**self.group, **name}, self.deployment_body()),
                ("AtSubscription", {**self.subscription, **name}, self.subscription_deployment_body())]

    def event_query(self):
        return {"$filter": f"eventTimestamp ge '2020-01-01T00:00:00Z' and resourceGroupName eq '{self.group_name}'"}

    # MARK: calls that leave the estate as it is

    def calls(self):
        """Every GET, every action and every PUT of what is there already: all can be repeated with any api-version."""
        s, g, n = self.subscription, self.group, self.namespace
        yield Call("listRelayOperations", {})
        yield Call("checkNamespaceNameAvailability", s, {"name": self.namespace_name})
        yield Call("checkNamespaceNameAvailability", s, {"name": self.namespace_name + "-free"})
        yield Call("listNamespaces", s)
        yield Call("listNamespacesInGroup", g)
        yield Call("getNamespace", n)
        yield Call("listMetrics", {"scope": self.scope("")}, query={
            "metricnames": "ActiveListeners,BytesTransferred", "aggregation": "total,average,minimum,maximum,count",
            "$filter": "EntityName eq '*'", "interval": "PT5M", "timespan": "PT1H"})
        yield Call("listEventCategories", {})
        yield Call("listMetricDefinitions", {"scope": self.scope("")})
        yield Call("listMetricNamespaces", {"scope": self.scope("")})
        yield Call("putNamespace", n, self.namespace_body)
        yield Call("patchNamespace", n, {"tags": {"purpose": "contract"}})
        yield Call("listNetworkRuleSets", n)
        yield Call("getNetworkRuleSet", n)
        yield Call("putNetworkRuleSet", n, self.network_body)
        yield Call("listPrivateEndpointConnections", n)
        yield Call("getPrivateEndpointConnection", self.endpoint_connection)
        yield Call("putPrivateEndpointConnection", self.endpoint_connection, self.endpoint_body("Approved"))
        yield Call("getPrivateEndpointConnectionOperationStatus", {**self.endpoint_connection, "operationId": str(uuid.uuid4())})
        yield Call("listPrivateLinkResources", n)
        yield Call("getPrivateLinkResource", {**n, "privateLinkResourceName": self.link_resource})
        for level, path in self.levels:
            rule = {**path, "authorizationRuleName": "contract"}
            key = base64.b64encode(secrets.token_bytes(32)).decode()
            yield Call(f"list{level}AuthorizationRules", path)
            yield Call(f"get{level}AuthorizationRule", rule)
            yield Call(f"put{level}AuthorizationRule", rule, self.rights(level))
            yield Call(f"list{level}Keys", rule)
            yield Call(f"regenerate{level}Keys", rule, {"keyType": "PrimaryKey"}, legacy_body={"policyKey": "PrimaryKey"})
            yield Call(f"regenerate{level}Keys", rule, {"keyType": "SecondaryKey", "key": key}, legacy_body={"policyKey": "SecondaryKey"})
            yield Call(f"list{level}AuthorizationRulesByPost", path)
            yield Call(f"put{level}AuthorizationRuleByPost", rule, self.rights(level))
        yield Call("listHybridConnections", n)
        yield Call("getHybridConnection", self.connection)
        yield Call("putHybridConnection", self.connection, self.connection_body)
        yield Call("listWcfRelays", n)
        yield Call("getWcfRelay", self.relay)
        yield Call("putWcfRelay", self.relay, self.relay_body)
        status = {**s, "location": LOCATION, "operationId": str(uuid.uuid4())}
        for is_async in ("true", "false"):
            query = {"isAsyncHeader": is_async, "resourceName": self.namespace_name, "resourceType": "namespace", "operationType": "Active"}
            yield Call("getNamespaceOperationStatus", status, query=query)

        yield Call("checkSiteNameAvailability", s, {"name": self.site_name, "type": "Site"})
        yield Call("checkSiteNameAvailability", s, {"name": self.site_name + "-free", "type": "Site"})
        properties = {"serverFarmId": self.plan_id()}
        yield Call("validateResource", g, {"name": self.site_name + "-free", "type": "Site", "location": LOCATION, "properties": properties})
        for names in ({"appSettingNames": ["GREETING"]}, {"connectionStringNames": None}, {"azureStorageConfigNames": []}):
            yield Call("putSiteSlotSettingNames", self.site, {"properties": names})
        yield Call("getSiteSlotSettingNames", self.site)
        yield Call("listGeoRegions", s)
        yield Call("listGeoRegions", s, query={"sku": "Standard"})
        for system in ("All", "Linux", "Windows"):
            yield Call("listRuntimeStacks", {}, query={"stackOsType": system})
        yield Call("listPlans", s)
        yield Call("listPlansInGroup", g)
        yield Call("getPlan", self.plan)
        yield Call("putPlan", self.plan, self.plan_body)
        yield Call("patchPlan", self.plan, {"properties": {"perSiteScaling": False}})
        yield Call("listPlanSites", self.plan)
        yield Call("listPlanUsages", self.plan)
        yield Call("listPlanCapabilities", self.plan)
        yield Call("getPlanHybridConnectionLimits", self.plan)
        yield Call("listPlanHybridConnections", self.plan)
        yield Call("getPlanHybridConnection", self.bound(self.plan))
        yield Call("listPlanHybridConnectionKeys", self.bound(self.plan))
        yield Call("listPlanHybridConnectionSites", self.bound(self.plan))
        yield Call("listSites", s)
        yield Call("listSitesInGroup", g)
        yield Call("listSlots", self.site)
        for word, app in self.apps:
            yield Call(f"get{word}", app)
            yield Call(f"put{word}", app, self.site_body())
            yield Call(f"patch{word}", app, {"properties": {"httpsOnly": True}})
            yield Call(f"get{word}Configuration", app)
            yield Call(f"put{word}Configuration", app, {"properties": {"linuxFxVersion": "NODE|22-lts", "alwaysOn": True}})
            yield Call(f"patch{word}Configuration", app, {"properties": {"alwaysOn": False}})
            yield Call(f"put{word}ApplicationSettings", app, {"properties": {"GREETING": "hello"}})
            yield Call(f"list{word}ApplicationSettings", app)
            yield Call(f"put{word}ConnectionStrings", app, {"properties": {"orders": {"value": "Server=db", "type": "SQLServer"}}})
            yield Call(f"list{word}ConnectionStrings", app)
            yield Call(f"list{word}PublishingProfiles", app)
            yield from self.part_calls(word, app)
            yield Call(f"list{word}HybridConnections", app)
            yield Call(f"get{word}HybridConnection", self.bound(app))
            yield Call(f"put{word}HybridConnection", self.bound(app), self.binding_body(sendKeyValue=""))
            yield Call(f"patch{word}HybridConnection", self.bound(app), {"properties": {"hostname": ENDPOINT[0], "port": str(ENDPOINT[1])}})
            yield Call(f"list{word}HybridConnectionKeys", self.bound(app))
            legacy = {**app, "entityName": "old-orders"}
            yield Call(f"list{word}RelayServiceConnections", app)
            yield Call(f"get{word}RelayServiceConnection", legacy)
            yield Call(f"put{word}RelayServiceConnection", legacy, self.legacy_connection_body)
            yield Call(f"patch{word}RelayServiceConnection", legacy, {"properties": {"port": 1434}})

        yield Call("listTenants", {})
        yield Call("listSubscriptions", {})
        yield Call("getSubscription", s)
        yield Call("listLocations", s)
        yield Call("listResourceGroups", s)
        yield Call("getResourceGroup", g)
        yield Call("putResourceGroup", g, {"location": LOCATION, "tags": {"purpose": "contract"}})
        yield Call("patchResourceGroup", g, {"tags": {"purpose": "contract"}})
        yield Call("listResources", s, query={"$filter": "resourceType eq 'Microsoft.Relay/namespaces'"})
        yield Call("listResources", s, query={"$filter": f"resourceGroup eq '{self.group_name}'", "$expand": "createdTime,changedTime,provisioningState"})
        yield Call("listResourcesInGroup", g)
        yield Call("listProviders", s)
        yield Call("listTenantProviders", {})
        for provider in ("Microsoft.Relay", "Microsoft.Web"):
            yield Call("getProvider", {**s, "resourceProviderNamespace": provider})
            yield Call("getTenantProvider", {"resourceProviderNamespace": provider})
            yield Call("registerProvider", {**s, "resourceProviderNamespace": provider})
        yield Call("unregisterProvider", {**s, "resourceProviderNamespace": UNUSED_PROVIDER})
        yield Call("registerProvider", {**s, "resourceProviderNamespace": UNUSED_PROVIDER})
        tags = {"scope": self.scope("")}
        yield Call("putScopeTags", tags, {"properties": {"tags": {"purpose": "contract"}}})
        yield Call("patchScopeTags", tags, {"operation": "Merge", "properties": {"tags": {"purpose": "contract"}}})
        yield Call("getScopeTags", tags)
        yield Call("listTagNames", s)
        yield Call("putTagName", self.tag_name)
        yield Call("putTagValue", self.tag_value)
        for scope in (self.link["scope"], self.scope(), f"subscriptions/{self.settings.subscription_id}"):
            yield Call("listLinks", {"scope": scope})
        yield Call("getLink", self.link)
        yield Call("putLink", self.link, self.link_body())
        for provider in ("Microsoft.Relay", "Microsoft.Web"):
            yield Call("listProviderPermissions", {**s, "resourceProviderNamespace": provider})

        yield Call("listAuthorizationOperations", {})
        for scope in (self.lock["scope"], self.scope(), f"subscriptions/{self.settings.subscription_id}"):
            yield Call("listLocks", {"scope": scope})
        yield Call("getLock", self.lock)
        yield Call("putLock", self.lock, self.lock_body)
        yield Call("listRoleAssignments", {"scope": self.scope()})
        yield Call("listRoleAssignments", {"scope": self.scope()}, query={"$filter": f"principalId eq '{self.principal_id}'"})
        yield Call("getRoleAssignment", self.assignment)
        yield Call("listRoleDefinitions", {"scope": self.scope()})
        yield Call("listRoleDefinitions", {"scope": self.scope()}, query={"$filter": "roleName eq 'Azure Relay Sender'"})
        yield Call("getRoleDefinition", {"scope": self.scope(), "roleDefinitionId": SENDER_ROLE})
        yield Call("getRoleDefinition", self.role)
        yield Call("listPermissions", {"scope": self.scope()})
        yield Call("checkAccess", {"scope": self.scope()}, {
            "Subject": {"Attributes": {"ObjectId": self.principal_id}},
            "Actions": [{"Id": "Microsoft.Relay/namespaces/hybridConnections/read"}, {"Id": "Microsoft.Relay/namespaces/delete"}],
        })
        yield Call("listDenyAssignments", {"scope": self.scope()})
        yield Call("listClassicAdministrators", s)
        yield Call("listProviderOperations", {}, query={"$expand": "resourceTypes"})
        yield Call("getProviderOperations", {"resourceProviderNamespace": "Microsoft.Relay"})

        for where, path, body in self.deployments:
            yield Call(f"listDeployments{where}", path)
            yield Call(f"listDeployments{where}", path, query={"$filter": "provisioningState eq 'Succeeded'", "$top": "1"})
            yield Call(f"getDeployment{where}", path)
            yield Call(f"putDeployment{where}", path, body)
            yield Call(f"validateDeployment{where}", path, body)
            yield Call(f"whatIfDeployment{where}", path, body)
            yield Call(f"exportDeploymentTemplate{where}", path)
            yield Call(f"listDeploymentOperations{where}", path)
            yield Call(f"getDeploymentStatus{where}", {**path, "operationId": "any"})
        yield Call("exportResourceGroupTemplate", g)
        yield Call("exportResourceGroupTemplate", g, {"resources": [self.plan_id()], "options": "SkipAllParameterization"})
        yield Call("calculateTemplateHash", {}, self.template([]))

        yield Call("listActivityLogEvents", s, query=self.event_query())
        names = OPERATIONS["listActivityLogEvents"].document.data["components"]["schemas"]["Event"]["properties"]
        yield Call("listActivityLogEvents", s, query={**self.event_query(), "$select": ",".join(names)})

        for scope in (self.lock["scope"], self.scope(""), self.scope()):
            yield Call("getUsage", {"scope": scope})
            yield Call("getUsage", {"scope": scope}, query={"$filter": "hour ge '2026-01-01T00:00:00Z' and hour lt '2026-02-01T00:00:00Z'"})
        for scope in (self.lock["scope"], self.scope("")):
            yield Call("listRelayEvents", {"scope": scope})
            moment = "eventTimestamp ge '2020-01-01T00:00:00Z' and eventTimestamp le '2100-01-01T00:00:00Z'"
            yield Call("listRelayEvents", {"scope": scope}, query={"$filter": f"{moment} and operationName eq 'NewListenerRegistered'"})
        yield Call("listLiveConnections", self.connection)
        yield Call("getHybridConnectionSettings", self.connection)
        yield Call("putHybridConnectionSettings", self.connection, {"properties": {"responseDeadlineSeconds": 30}})
        yield Call("rotateSendKey", self.connection, {"authorizationRuleName": "defaultSender"})
        yield Call("rotateSendKey", self.connection)
        yield Call("listServicePrincipals", {})
        yield Call("getServicePrincipal", {"clientId": self.client_id})
        yield Call("putServicePrincipal", {"clientId": self.client_id}, {"properties": {"displayName": "Contract tests"}})
        yield from self.directory_calls()

    def directory_calls(self):
        user, group = {"userPrincipalName": self.user_name}, {"groupName": self.contract_group}
        member = {**group, "objectId": self.user_id}
        yield Call("listUsers", {})
        yield Call("getUser", user)
        yield Call("listGroups", {}, query={"$top": "1"})
        yield Call("getGroup", group)
        yield Call("listGroupMembers", group)
        yield Call("getGroupMember", member)
        yield Call("putGroupMember", member)
        yield Call("listManagedTenants", {})
        yield Call("getManagedTenant", self.other_tenant)
        yield Call("listManagedSubscriptions", {})
        yield Call("getManagedSubscription", self.subscription)
        yield Call("getGraphMe", {})
        ids = [self.user_id, self.group_id, self.principal_id]
        yield Call("getGraphObjectsByIds", {}, {"ids": ids, "types": ["user", "group", "servicePrincipal"]})
        yield Call("checkGraphMemberGroups", {"id": self.user_id}, {"groupIds": [self.group_id]})
        yield Call("getGraphUserMemberGroups", {"id": self.user_name}, {"securityEnabledOnly": False})
        yield Call("getGraphGroupMemberGroups", {"id": self.group_id}, {"securityEnabledOnly": False})
        yield Call("listGraphUsers", {}, query={"$filter": f"userPrincipalName eq '{self.user_name}'"})
        yield Call("getGraphUser", {"id": self.user_name})
        yield Call("listGraphGroups", {}, query={"$filter": "startswith(displayName,'operators')"})
        yield Call("getGraphGroup", {"id": self.group_id})
        yield Call("listGraphGroupMembers", {"id": self.group_id})
        yield Call("listGraphGroupOwners", {"id": self.group_id})
        for word in ("Application", "ServicePrincipal"):
            name = f"servicePrincipalNames/any(c:c eq '{self.client_id}')"
            yield Call(f"listGraph{word}s", {}, query={"$filter": name})
            yield Call(f"getGraph{word}", {"id": self.principal_id})
            yield Call(f"listGraph{word}Owners", {"id": self.principal_id})

    def part_calls(self, word, app):
        """What stands below an app or slot and is kept without effect."""
        yield Call(f"list{word}Configurations", app)
        parts = {
            "Authentication": {"enabled": True, "clientId": "", "issuer": "https://sts.corp.example"},
            "AuthenticationV2": {"platform": {"enabled": True}},
            "Backup": {"enabled": True, "storageAccountUrl": "https://files.corp.example/b?sig=x", "backupSchedule": {"frequencyInterval": 1}},
            "StorageAccounts": {"files": {"type": "AzureFiles", "accountName": "acct", "shareName": "s", "accessKey": "a2V5"}},
            "PushSettings": {"isPushEnabled": False},
            "Logs": {"httpLogs": {"fileSystem": {"enabled": True}}},
            "Metadata": {"CURRENT_STACK": "dotnet"},
        }
        for part, properties in parts.items():
            if part in ("AuthenticationV2", "Logs"):
                yield Call(f"get{word}{part}", app)
            yield Call(f"put{word}{part}", app, {"properties": properties})
            yield Call(f"{'get' if part == 'Logs' else 'list'}{word}{part}", app)
        yield Call(f"delete{word}Backup", app)
        yield Call(f"delete{word}Backup", app)
        yield Call(f"get{word}SourceControl", app)
        yield Call(f"put{word}SourceControl", app, {"properties": {"repoUrl": "https://git.corp.example/shop", "branch": "main"}})
        yield Call(f"patch{word}SourceControl", app, {"properties": {"branch": "next"}})
        yield Call(f"delete{word}SourceControl", app)
        for policy in ("FTP", "SCM"):
            yield Call(f"get{word}{policy}Policy", app)
            yield Call(f"put{word}{policy}Policy", app, {"properties": {"allow": False}})
        yield Call(f"list{word}CredentialsPolicies", app)
        yield Call(f"list{word}PublishingCredentials", app)
        yield Call(f"put{word}Network", app, {"properties": {"subnetResourceId": self.plan_id()}})
        yield Call(f"get{word}Network", app)
        yield Call(f"delete{word}Network", app)
        for operation in ("stop", "restart", "start"):
            yield Call(f"{operation}{word}", app)
        yield Call(f"sync{word}FunctionTriggers", app)
        for name in ("FunctionKeys", "HostNames", "Extensions", "Functions"):
            yield Call(f"list{word}{name}", app)

    # MARK: phases

    def run(self):
        phases = [
            self.sign_in, self.read_documents, self.read_health, self.build_group, self.build_namespace, self.build_entities,
            self.build_network, self.build_rules, self.build_apps, self.build_bindings, self.build_principal, self.build_directory,
            self.build_deployments, self.build_notes, self.build_lock, self.move_namespace, self.repeat_calls, self.read_pages, self.take_down_directory,
            self.take_down_lock, self.take_down_notes, self.take_down_deployments, self.take_down_entities, self.take_down_apps, self.take_down_namespace,
        ]
        try:
            for phase in phases:
                self.attempt(phase)
        finally:
            self.attempt(self.take_down_principal)
            self.attempt(self.take_down_group)

    def attempt(self, phase):
        try:
            phase()
        except Exception as error:  # One failing phase must not hide what the others find.
            self.problems.append(f"{phase.__name__}: {type(error).__name__}: {error}")

    def call(self, *arguments, **keywords):
        try:
            return self.server.call(*arguments, **keywords)
        except Unexpected as error:
            self.problems.append(str(error))
            return error.exchange

    def create(self, operation, path, body, is_new=200):
        """Creates with one PUT and replaces with another one."""
        self.call(operation, path, body, expect=(is_new,))
        return self.call(operation, path, body)

    def delete(self, operation, path, absent, query=None):
        """Deletes what is there, and then what is not."""
        self.call(operation, path, query=query)
        self.call(operation, path, query=query, expect=(absent,))

    def sign_in(self):
        audience = self.audience = self.server.sign_in()
        for operation in ("getOpenIDConfiguration", "getOpenIDConfigurationV1", "getOpenIDConfigurationBelowADFS", "listSigningKeys"):
            self.call(operation, self.tenant)
        form = {"grant_type": "client_credentials", "client_id": self.settings.client_id, "client_secret": self.settings.client_secret}
        self.call("createTokenV1", self.tenant, {**form, "resource": audience})
        for operation, more in (("createToken", {"scope": audience + "/.default"}), ("createTokenV1", {"resource": audience})):
            self.call(operation, self.tenant, {**form, **more, "client_secret": "wrong"}, expect=(401,))
            self.call(operation, self.tenant, {**form, **more, "grant_type": "unheard-of"}, expect=(400,))

        self.sign_in_devices(audience)
        for operation in ("getManagedIdentityToken", "getManagedIdentityTokenV1"):
            secret = {"X-IDENTITY-HEADER": f"{self.settings.client_id}:{self.settings.client_secret}"}
            self.call(operation, query={"resource": audience}, headers=secret)
            self.call(operation, query={"resource": "https://elsewhere.example"}, headers=secret, expect=(400,))
            self.call(operation, query={"resource": audience}, expect=(401,))

    def sign_in_devices(self, audience):
        self.call("getUserRealm", {"userName": "nobody@example.com"})
        self.call("getDevicePage")
        self.call("submitDevicePage", None, {"code": "no such code"}, expect=(400,))
        form = {"client_id": "contract", "scope": audience + "/.default"}
        for operation in ("createDeviceCode", "createDeviceCodeV1"):
            self.call(operation, self.tenant, {}, expect=(400,))
            codes = self.call(operation, self.tenant, form).json
            grant = {**form, "grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": codes["device_code"]}
            self.call("createToken", self.tenant, grant, expect=(400,))
            for action in ("look", "decline"):
                self.call("submitDevicePage", None, {"code": codes["user_code"], "action": action})
            self.call("createToken", self.tenant, grant, expect=(400,))

    def sign_in_as(self, client_id, secret, expect=(200,)):
        scope = self.audience + "/.default"
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, "scope": scope}
        self.call("createToken", self.tenant, form, expect=expect)

    def read_documents(self):
        self.call("listDocuments")
        for document in DOCUMENTS:
            self.call("getDocument", {"document": document.name})

    def read_health(self):
        for operation in ("getLiveness", "getReadiness", "getMetrics"):
            self.call(operation)

    def build_group(self):
        self.call("resourceGroupExists", self.group, expect=(404,))
        self.create("putResourceGroup", self.group, {"location": "West US", "tags": {"purpose": "contract"}}, is_new=201)
        self.call("resourceGroupExists", self.group, expect=(204,))

    def build_namespace(self):
        self.call("getNamespace", self.namespace, expect=(404,))
        self.create("putNamespace", self.namespace, self.namespace_body, is_new=201)

    def build_entities(self):
        self.call("getHybridConnection", self.connection, expect=(404,))
        self.call("putHybridConnection", self.connection, self.connection_body)
        for name, body in (("plain", {}), ("area~line", {}), ("spare", self.connection_body)):
            self.call("putHybridConnection", {**self.connection, "hybridConnectionName": name}, body)
        self.call("putWcfRelay", self.relay, self.relay_body)
        self.call("putWcfRelay", {**self.relay, "relayName": "spare-relay"}, {"properties": {"relayType": "Http"}})

    def build_network(self):
        self.call("getNetworkRuleSet", self.namespace)
        self.call("putNetworkRuleSet", self.namespace, self.network_body)
        for name in ("plant-network", "spare"):
            path = {**self.namespace, "privateEndpointConnectionName": name}
            self.call("putPrivateEndpointConnection", path, self.endpoint_body("Pending"), expect=(201,))
        self.call("putPrivateEndpointConnection", self.endpoint_connection, self.endpoint_body("Approved"))
        self.call("putPrivateEndpointConnection", {**self.namespace, "privateEndpointConnectionName": "spare"}, self.endpoint_body("Rejected"))
        offered = self.call("listPrivateLinkResources", self.namespace).json["value"]
        self.link_resource = offered[0]["name"] if offered else self.link_resource

    def build_rules(self):
        for level, path in self.levels:
            for name in ("contract", "spare"):
                self.create(f"put{level}AuthorizationRule", {**path, "authorizationRuleName": name}, self.rights(level))
        for name, right in (("defaultSender", "Send"), ("defaultListener", "Listen")):
            for connection in ("orders-db", "spare"):
                path = {**self.connection, "hybridConnectionName": connection, "authorizationRuleName": name}
                self.call("putHybridConnectionAuthorizationRule", path, {"properties": {"rights": [right]}})

    def build_apps(self):
        self.call("checkSiteNameAvailability", self.subscription, {"name": self.site_name, "type": "Site"})
        self.create("putPlan", self.plan, self.plan_body)
        self.create("putSite", self.site, self.site_body())
        self.create("putSlot", self.slot, self.site_body())

    def build_bindings(self):
        keys = self.call("listHybridConnectionKeys", {**self.connection, "authorizationRuleName": "defaultSender"}).json
        for word, app in self.apps:
            self.call(f"get{word}HybridConnection", self.bound(app), expect=(404,))
            self.create(f"put{word}HybridConnection", self.bound(app), self.binding_body(sendKeyValue=keys["primaryKey"]))
            self.create(f"put{word}RelayServiceConnection", {**app, "entityName": "old-orders"}, self.legacy_connection_body)
        self.call("putSiteHybridConnection", self.bound(self.site, "spare"), self.binding_body("spare"))

    def build_principal(self):
        path = {"clientId": self.client_id}
        body = {"properties": {"displayName": "Contract tests"}}
        created = self.call("putServicePrincipal", path, body, expect=(201,)).json["properties"]
        self.call("putServicePrincipal", path, body)
        self.principal_id = created["objectId"]
        self.sign_in_as(self.client_id, created["clientSecret"])
        for body in (None, {"endDateTime": "2099-01-01T00:00:00Z"}):
            secret = self.call("addServicePrincipalSecret", path, body).json
            self.call("addServicePrincipalSecret", path, expect=(409,))
            self.sign_in_as(self.client_id, secret["clientSecret"])
            self.delete("deleteServicePrincipalSecret", {**path, "secretId": secret["secretId"]}, absent=204)
            self.sign_in_as(self.client_id, secret["clientSecret"], expect=(401,))
        credential = {**path, "federatedCredentialName": "main-branch"}
        body = {"properties": {"issuer": "https://issuer.example", "subject": "repo:acme/shop", "description": "Contract"}}
        self.create("putFederatedCredential", credential, body, is_new=201)
        self.call("putFederatedCredential", {**path, "federatedCredentialName": "twin"}, body, expect=(409,))
        self.call("getFederatedCredential", credential)
        self.call("listFederatedCredentials", path)
        self.delete("deleteFederatedCredential", credential, absent=204)
        self.create("putRoleAssignment", self.assignment, self.assignment_body(), is_new=201)
        again = {**self.assignment, "roleAssignmentName": str(uuid.uuid4())}
        self.call("putRoleAssignment", again, self.assignment_body(), expect=(409,))

    def build_deployments(self):
        for where, path, body in self.deployments:
            self.call(f"deploymentExists{where}", path, expect=(404,))
            self.call(f"getDeployment{where}", path, expect=(404,))
            self.create(f"putDeployment{where}", path, body, is_new=201)
            self.call(f"deploymentExists{where}", path, expect=(204,))
            self.call(f"cancelDeployment{where}", path, expect=(409,))
            (operation, *_) = self.call(f"listDeploymentOperations{where}", path).json["value"]
            self.call(f"getDeploymentOperation{where}", {**path, "operationId": operation["operationId"]})
            if not where:
                self.call("listGroupDeploymentOperations", path)
                self.call("getGroupDeploymentOperation", {**path, "operationId": operation["operationId"]})
            broken = {**body, "properties": {**body["properties"], "template": self.template([{}])}}
            for operation in ("putDeployment", "validateDeployment", "whatIfDeployment"):
                self.call(operation + where, path, broken, expect=(400,))
        failing = {**self.group, "deploymentName": self.group_name + "-failing"}
        resource = {"type": "Microsoft.Relay/namespaces/hybridConnections", "apiVersion": "2021-11-01",
                    "name": f"{self.namespace_name}-missing/orders", "properties": {}}
        ended = self.call("putDeployment", failing, {"properties": {"template": self.template([resource])}}, expect=(201,)).json
        if ended["properties"]["provisioningState"] != "Failed":
            self.problems.append(f"build_deployments: {ended}")
        self.call("getDeploymentStatus", {**failing, "operationId": "any"})
        self.call("listDeploymentOperations", failing)
    def build_directory(self):
        role = {"properties": {
            "roleName": f"Contract {self.client_id}", "description": "For the contract tests.", "type": "CustomRole",
            "permissions": [{"actions": ["Microsoft.Relay/*/read"]}], "assignableScopes": ["/" + self.scope()],
        }}
        self.call("putRoleDefinition", self.role, role, expect=(201,))
        self.call("putRoleDefinition", {**self.role, "roleDefinitionId": str(uuid.uuid4())}, role, expect=(409,))
        user = {"userPrincipalName": self.user_name}
        body = {"properties": {"displayName": "Contract", "password": secrets.token_urlsafe(16)}}
        self.user_id = self.create("putUser", user, body, is_new=201).json["properties"]["objectId"]
        self.call("setUserPassword", user, {"password": "too short"}, expect=(400,))
        self.call("setUserPassword", user, {"password": secrets.token_urlsafe(16)}, expect=(204,))
        group = {"groupName": self.contract_group}
        described = {"properties": {"description": "For the contract tests."}}
        self.group_id = self.create("putGroup", group, described, is_new=201).json["properties"]["objectId"]
        self.call("putGroupMember", {**group, "objectId": self.user_id}, expect=(201,))
        self.create("putManagedTenant", self.other_tenant, {"properties": {"displayName": "Contract"}}, is_new=201)
        self.create("putManagedSubscription", self.other_subscription, {"properties": {"displayName": "Contract"}}, is_new=201)
        self.build_graph()

    def build_graph(self):
        """What Microsoft Graph makes, and takes away again."""
        name = f"graph-{self.client_id}"
        profile = {"password": secrets.token_urlsafe(16), "forceChangePasswordNextSignIn": False}
        user = {"userPrincipalName": f"{name}@contract.example", "displayName": name, "accountEnabled": True, "passwordProfile": profile}
        user_id = self.call("createGraphUser", {}, user, expect=(201,)).json["id"]
        group_id = self.call("createGraphGroup", {}, {"displayName": name, "mailNickname": name}, expect=(201,)).json["id"]
        url = {"@odata.id": f"https://server/v1.0/directoryObjects/{user_id}"}
        self.call("addGraphGroupMember", {"id": group_id}, url, expect=(204,))
        self.call("removeGraphGroupMember", {"id": group_id, "memberId": user_id}, expect=(204,))
        self.call("updateGraphUser", {"id": user_id}, {"displayName": "Contract"}, expect=(204,))
        self.call("deleteGraphGroup", {"id": group_id}, expect=(204,))
        self.call("deleteGraphUser", {"id": user_id}, expect=(204,))
        for word in ("Application", "ServicePrincipal"):
            made = self.call("createGraphApplication", {}, {"displayName": name}, expect=(201,)).json
            self.call("createGraphServicePrincipal", {}, {"appId": made["appId"], "accountEnabled": True}, expect=(201,))
            self.call(f"updateGraph{word}", {"id": made["id"]}, {"displayName": "Contract"}, expect=(204,))
            secret = self.call(f"addGraph{word}Password", {"id": made["id"]}, {"passwordCredential": {"endDateTime": "2099-01-01T00:00:00Z"}}).json
            self.call(f"removeGraph{word}Password", {"id": made["id"]}, {"keyId": secret["keyId"]}, expect=(204,))
            self.call(f"deleteGraph{word}", {"id": made["id"]}, expect=(204,))

    def take_down_directory(self):
        self.delete("deleteRoleDefinition", self.role, absent=204)
        group = {"groupName": self.contract_group}
        self.delete("deleteGroupMember", {**group, "objectId": self.user_id}, absent=204)
        self.delete("deleteGroup", group, absent=204)
        self.delete("deleteUser", {"userPrincipalName": self.user_name}, absent=204)
        self.delete("deleteManagedSubscription", self.other_subscription, absent=204)
        self.delete("deleteManagedTenant", self.other_tenant, absent=204)

    def build_notes(self):
        """Links and tag names."""
        self.create("putLink", self.link, self.link_body(), is_new=201)
        self.call("putTagValue", self.tag_value, expect=(404,))
        self.create("putTagName", self.tag_name, None, is_new=201)
        self.create("putTagValue", self.tag_value, None, is_new=201)
        self.call("deleteTagName", self.tag_name, expect=(409,))

    def take_down_notes(self):
        self.delete("deleteLink", self.link, absent=204)
        self.delete("deleteTagValue", self.tag_value, absent=204)
        self.delete("deleteTagName", self.tag_name, absent=204)

    def move_namespace(self):
        """To another group and back again."""
        self.call("validateMoveResources", self.group, self.move_body(self.other_group), expect=(404,))
        self.call("putResourceGroup", self.other_group, {"location": LOCATION}, expect=(201,))
        self.call("validateMoveResources", self.group, self.move_body(self.other_group), expect=(204,))
        self.call("moveResources", self.group, self.move_body(self.other_group), expect=(204,))
        self.call("getNamespace", self.namespace, expect=(404,))
        self.call("listHybridConnections", {**self.namespace, **self.other_group})
        self.call("moveResources", self.group, self.move_body(self.other_group), expect=(404,))
        self.call("moveResources", self.other_group, self.move_body(self.group, self.other_group), expect=(204,))
        self.call("getNamespace", self.namespace)

    def build_lock(self):
        self.create("putLock", self.lock, self.lock_body, is_new=201)
        self.call("deleteHybridConnection", self.connection, expect=(409,))

    def repeat_calls(self):
        for call in self.calls():
            document = OPERATIONS[call.operation].document
            own = OPERATIONS[call.operation].api_version
            fixed = OPERATIONS[call.operation].item.get("x-causeway-api-version")
            others = [] if fixed else published.versions(document.name)
            for version in dict.fromkeys([own, *others]):
                body = call.legacy_body if version == LEGACY and call.legacy_body else call.body
                self.call(call.operation, call.path, body, query=call.query, version=version)

    def read_pages(self):
        lists = (
            ("listHybridConnections", self.namespace, ["area~line", "orders-db", "plain", "spare"]),
            ("listSiteHybridConnections", self.site, ["orders-db", "spare"]),
        )
        for operation, path, expected in lists:
            names = [item["name"] for item in self.pages(operation, path, {"$top": "1"})]
            if sorted(names) != expected:
                self.problems.append(f"read_pages: the pages of {operation}, one item each, hold {names}")
        self.events = self.pages("listActivityLogEvents", self.subscription, self.event_query())

    def pages(self, operation, path, query):
        """The items of all pages."""
        exchange = self.call(operation, path, query=query)
        items = list(exchange.json["value"])
        for _ in range(100):
            if not exchange.json.get("nextLink"):
                return items
            exchange = self.server.follow(operation, exchange.json["nextLink"])
            items += exchange.json["value"]
        raise AssertionError(f"{operation}: the pages have no end")

    def take_down_entities(self):
        for level, path in self.levels:
            self.delete(f"delete{level}AuthorizationRule", {**path, "authorizationRuleName": "spare"}, absent=204)
        self.delete("deleteHybridConnection", {**self.namespace, "hybridConnectionName": "plain"}, absent=204)
        self.delete("deleteWcfRelay", {**self.namespace, "relayName": "spare-relay"}, absent=204)
        self.delete("deletePrivateEndpointConnection", {**self.namespace, "privateEndpointConnectionName": "spare"}, absent=204)
        tags = {"scope": self.scope("")}
        self.call("deleteScopeTags", tags)

    def take_down_apps(self):
        self.delete("deletePlanHybridConnection", self.bound(self.plan, "spare"), absent=204)
        for word, app in reversed(self.apps):
            self.delete(f"delete{word}HybridConnection", self.bound(app), absent=404)
            self.delete(f"delete{word}RelayServiceConnection", {**app, "entityName": "old-orders"}, absent=404)
        self.delete("deleteSlot", self.slot, absent=204)
        self.call("deletePlan", self.plan, expect=(409,))
        self.delete("deleteSite", self.site, absent=204, query={"deleteEmptyServerFarm": "false"})
        self.delete("deletePlan", self.plan, absent=204)

    def take_down_lock(self):
        self.delete("deleteLock", self.lock, absent=204)
        self.delete("deleteRoleAssignment", self.assignment, absent=204)

    def take_down_deployments(self):
        for where, path, _ in self.deployments:
            for _ in range(2):
                self.call(f"deleteDeployment{where}", path, expect=(204,))

    def take_down_namespace(self):
        self.delete("deleteNamespace", self.namespace, absent=204)
        self.call("getNamespaceOperationResult", {**self.namespace, "operationName": self.namespace_name})
        path = {**self.subscription, "location": LOCATION, "operationId": str(uuid.uuid4())}
        query = {"resourceName": self.namespace_name, "resourceType": "namespace", "operationType": "Deleted"}
        self.call("getNamespaceOperationStatus", path, query={**query, "isAsyncHeader": "true"})
        self.call("getNamespaceOperationStatus", path, query={**query, "isAsyncHeader": "false"}, expect=(204,))

    def take_down_principal(self):
        self.delete("deleteServicePrincipal", {"clientId": self.client_id}, absent=204)

    def take_down_group(self):
        self.call("deleteResourceGroup", self.other_group, expect=(200, 202))
        deleted = self.call("deleteResourceGroup", self.group, expect=(200, 202))
        if deleted.status == 202:
            self.server.finish("getOperationResult", deleted)
            self.server.follow("getOperationResult", deleted.headers["Location"])
        else:
            self.call("getOperationResult", {**self.subscription, "operationId": "unheard-of"}, expect=(200, 404))
        self.call("resourceGroupExists", self.group, expect=(404,))
