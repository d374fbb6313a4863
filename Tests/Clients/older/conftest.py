import uuid
from types import SimpleNamespace

import pytest
from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from azure.mgmt.relay import RelayAPI
from azure.mgmt.resource import ManagementLockClient, ResourceManagementClient, SubscriptionClient
from azure.mgmt.web import WebSiteManagementClient

from contract.server import Settings, resolve_localhost_names


@pytest.fixture(scope="session")
def settings():
    resolve_localhost_names()
    return Settings.from_environment()


@pytest.fixture(scope="session")
def azure(settings):
    """One of each client, pointed at the server as its users would point it."""
    options = {"base_url": settings.endpoint, "credential_scopes": [settings.endpoint + "/.default"], "retry_total": 0}
    credential = ClientSecretCredential(settings.tenant_id, settings.client_id, settings.client_secret,
        authority=settings.endpoint, disable_instance_discovery=True)
    subscription = settings.subscription_id
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", settings.ca_file)
        patch.setenv("NO_PROXY", "localhost,127.0.0.1")
        yield SimpleNamespace(
            relay=RelayAPI(credential, subscription, **options),
            web_at=lambda version: WebSiteManagementClient(credential, subscription, api_version=version, **options),
            web=WebSiteManagementClient(credential, subscription, **options),
            resources=ResourceManagementClient(credential, subscription, **options),
            locks=ManagementLockClient(credential, subscription, **options),
            subscriptions=SubscriptionClient(credential, **options),
        )


@pytest.fixture(scope="session")
def unique():
    """Names that no other test uses."""
    run, count = uuid.uuid4().hex[:6], 0

    def name(prefix):
        nonlocal count
        count += 1
        return f"{prefix}-{run}-{count}"

    return name


@pytest.fixture(scope="module")
def group(azure, unique):
    name = unique("older")
    azure.resources.resource_groups.create_or_update(name, {"location": "westus"})
    yield name
    azure.resources.resource_groups.begin_delete(name).result()


@pytest.fixture(scope="module")
def namespace(azure, group, unique):
    name = unique("older-relay")
    azure.relay.namespaces.begin_create_or_update(group, name, {"location": "westus"}).result()
    return name


@pytest.fixture(scope="session")
def refusal():
    """Calls something that must be refused, and says what the client made of it."""

    def check(call, status, code):
        with pytest.raises(HttpResponseError) as caught:
            call()
        error = caught.value
        assert error.status_code == status, (error.status_code, error.message)
        assert code in str(error), error
        return str(error)

    return check
