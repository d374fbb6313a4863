"""The published Python clients, pointed at a server as their users would point them."""

from types import SimpleNamespace

import pytest
from azure.identity import ClientSecretCredential
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.monitor import MonitorManagementClient
from azure.mgmt.relay import RelayAPIMgmtClient
from azure.mgmt.relay import models as relay_models
from azure.mgmt.resource.deployments import DeploymentsMgmtClient
from azure.mgmt.resource.locks import ManagementLockClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.subscriptions import SubscriptionClient
from azure.mgmt.web import WebSiteManagementClient

# Metadata of a hybrid connection as clients write it.
ENDPOINT = '[{"key":"endpoint","value":"sql01.corp.example:1433"}]'


def credential_for(settings, **changed):
    secret = changed.get("client_secret", settings.client_secret)
    return ClientSecretCredential(
        changed.get("tenant_id", settings.tenant_id), changed.get("client_id", settings.client_id), secret,
        authority=settings.endpoint,
        disable_instance_discovery=True,
    )


def all_clients(settings):
    """One of each client."""
    # A failing call is answered once; retries would only hide it.
    options = {"base_url": settings.endpoint, "credential_scopes": [settings.endpoint + "/.default"], "retry_total": 0}
    credential, subscription = credential_for(settings), settings.subscription_id
    relay = lambda version=None: RelayAPIMgmtClient(  # noqa: E731
        credential, subscription, **options, **({"api_version": version} if version else {}))
    return SimpleNamespace(
        relay=relay(), relay_at=relay, web=WebSiteManagementClient(credential, subscription, **options),
        resources=ResourceManagementClient(credential, subscription, **options),
        subscriptions=SubscriptionClient(credential, **options),
        locks=ManagementLockClient(credential, subscription, **options), options=options,
        authorization=AuthorizationManagementClient(credential, subscription, api_version="2022-04-01", **options),
        monitor=MonitorManagementClient(credential, subscription, **options),
        deployments=DeploymentsMgmtClient(credential, subscription, polling_interval=1, **options),
    )


def refusal(kind, call, code, status=None):
    with pytest.raises(kind) as caught:
        call()
    error = caught.value
    assert error.error.code == code, (error.error.code, error.message)
    assert error.error.message and error.error.message in error.message
    assert status is None or error.status_code == status
    return error.error.message


def rule(*rights):
    return relay_models.AuthorizationRule(properties=relay_models.AuthorizationRuleProperties(rights=list(rights)))
