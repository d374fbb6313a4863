"""The ways in which `az login` signs in, each with a configuration of its own."""

import re
import subprocess
import threading

import pytest
import requests

from clients.directory import OWNER, add_user, give_role
from clients.issuer import Issuer
from conftest import AzureCLI

ANN, PASSWORD = "ann@factory.example", "correct horse"
EXCHANGE = "api://AzureADTokenExchange"


@pytest.fixture(scope="module")
def issuer():
    issuer = Issuer()
    yield issuer
    issuer.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory, issuer):
    """A server with a user and an issuer, for all of them."""
    cli = AzureCLI(tmp_path_factory.mktemp("sign-in"), '--external-issuers=[{"issuer": "%s"}]' % issuer.url)
    address = cli.server.runtime()["managementAddress"]
    cli.server.stop()
    give_role(cli.server.data, add_user(cli.server.data, cli.bootstrap["tenantId"], ANN, PASSWORD), OWNER)
    # The port stays, because everything that is registered names it.
    cli.server.arguments.append("--management-address=" + address)
    cli.server.start()
    yield cli
    cli.server.end()


@pytest.fixture
def az(server, tmp_path):
    """`az` as after its installation, with this cloud."""
    az = server.fresh(tmp_path)
    az("cloud register", "--name", "causeway", "--endpoint-resource-manager", server.bootstrap["managementEndpoint"])
    az("cloud set", "--name", "causeway")
    az("config set", "core.instance_discovery=false")
    return az


@pytest.fixture
def adfs(server, tmp_path):
    """`az` with this cloud in the form that needs no switch."""
    az, url = server.fresh(tmp_path), server.bootstrap["managementEndpoint"]
    az("cloud register", "--name", "causeway", "--endpoint-resource-manager", url, "--endpoint-active-directory", url + "/adfs",
       "--endpoint-active-directory-resource-id", url, "--skip-endpoint-discovery")
    az("cloud set", "--name", "causeway")
    return az


def works(az, name):
    assert az("group create", "-n", name, "-l", "local")["name"] == name
    assert az("group show", "-n", name)["location"] == "local"


def test_a_service_principal_in_the_form_of_ad_fs(adfs, server):
    adfs("login --service-principal", "-u", server.bootstrap["clientId"], "-p", server.bootstrap["clientSecret"], "--tenant", "adfs")
    works(adfs, "adfs-robot")


def test_a_user_with_a_password_in_the_form_of_ad_fs(adfs):
    found = adfs("login", "-u", ANN, "-p", PASSWORD, "--tenant", "adfs")
    assert found[0]["user"] == {"name": ANN, "type": "user"}
    works(adfs, "adfs-ann")
    assert "wrong" in adfs.fails("login", "-u", ANN, "-p", "no", "--tenant", "adfs")[1]


def test_a_token_of_another_issuer(az, server, issuer):
    az("login --service-principal", "-u", server.bootstrap["clientId"], "-p", server.bootstrap["clientSecret"], "--tenant",
       server.bootstrap["tenantId"])
    name = server.bootstrap["clientId"]
    az("rest", "--method", "put", "--resource", server.bootstrap["managementEndpoint"], "--url",
       f"{server.bootstrap['managementEndpoint']}/providers/Causeway.Relay/servicePrincipals/{name}/federatedCredentials/main-branch"
       "?api-version=2026-01-01", "--body", '{"properties": {"issuer": "%s", "subject": "repo:acme/shop"}}' % issuer.url)
    az("account clear", decode=False)
    az("login --service-principal", "-u", name, "--federated-token", issuer.token(audience=EXCHANGE), "--tenant", server.bootstrap["tenantId"])
    works(az, "federated")
    az("account clear", decode=False)
    code, told = az.fails("login --service-principal", "-u", name, "--federated-token", issuer.token("other", EXCHANGE), "--tenant",
                          server.bootstrap["tenantId"])
    assert code == 1 and "federated credential" in told


def test_a_managed_identity(az, server):
    az.environment.update(
        IDENTITY_ENDPOINT=server.bootstrap["managementEndpoint"] + "/metadata/identity/oauth2/token",
        IDENTITY_HEADER=f"{server.bootstrap['clientId']}:{server.bootstrap['clientSecret']}")
    az("login --identity")
    works(az, "identity")


@pytest.mark.parametrize("form, named", [("az", True), ("az", False), ("adfs", False)])
def test_a_device_code(form, named, request, server):
    az = request.getfixturevalue(form)
    tenant = ["--tenant", server.bootstrap["tenantId"]] if named else []
    az.environment["AZURE_CORE_ONLY_SHOW_ERRORS"] = "false"
    process = subprocess.Popen(
        [az.program, "login", "--use-device-code", *tenant, "--output", "json"], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=az.environment)
    watch = threading.Timer(120, process.kill)
    watch.start()
    try:
        code = url = None
        for line in process.stderr:
            found = re.search(r"open the page (\S+) and enter the code (\S+) to", line)
            if found:
                url, code = found.groups()
                break
        assert code, "az did not print a code"
        decision = {"code": code, "action": "approve", "username": ANN, "password": PASSWORD}
        answer = requests.post(url, data=decision, verify=str(server.server.data / "tls" / "ca.pem"), timeout=30)
        assert answer.status_code == 200, answer.text
        told, errors = process.communicate()
        assert process.returncode == 0, errors
        assert ANN in told
    finally:
        watch.cancel()
        process.kill()
    az.environment["AZURE_CORE_ONLY_SHOW_ERRORS"] = "true"
    works(az, f"device-{form}-{named}")
