"""Options, environment, file and certificates of a server."""

import pytest
from cryptography import x509

from clients.certificates import OwnCertificate, shown_certificate
from clients.raw import RawConnection
from clients.rest import Management
from clients.servers import FREE_ADDRESSES, binary, run, without
from clients.waiting import wait_until


# MARK: configuration


def test_a_flag_wins_over_the_environment_over_the_file_over_the_default(own_server, tmp_path):
    config = tmp_path / "causeway.yaml"
    config.write_text("relay-domain: file.example\ndrain-timeout: 5\n")
    layers = [
        ([], {}, "relay.localhost"), ([f"--config={config}"], {}, "file.example"),
        ([], {"CAUSEWAY_CONFIG": str(config)}, "file.example"),
        ([f"--config={config}"], {"CAUSEWAY_RELAY_DOMAIN": "environment.example"}, "environment.example"),
        ([f"--config={config}", "--relay-domain=flag.example"], {"CAUSEWAY_RELAY_DOMAIN": "environment.example"}, "flag.example"),
    ]
    server = own_server()
    for arguments, environment, wanted in layers:
        server.arguments, server.environment = arguments, environment
        server.start()
        assert server.runtime()["relayDomain"] == wanted
        management = Management(server.settings())
        management.put(management.group("layers"), {"location": "westus"})
        path = management.namespace("layers", "layers-relay")
        management.put(path, {"location": "westus"})
        keys = management.keys(path + "/authorizationRules/RootManageSharedAccessKey")
        assert f"sb://layers-relay.{wanted}:" in keys["primaryConnectionString"]
        assert server.stop() == 0


def test_the_file_has_all_the_settings_that_the_flags_have(own_server, tmp_path):
    config = tmp_path / "causeway.yaml"
    config.write_text("\n".join([
        f"data-directory: {tmp_path / 'elsewhere'}", "management-address: 127.0.0.1:0", "relay-address: 127.0.0.1:0",
        "operations-address: 127.0.0.1:0", "relay-domain: relay.example", "management-endpoint: https://management.example",
        "relay-endpoint: relay.example:443", "response-deadline: 30", "rate-limit: off", "drain-timeout: 5", "log-level: warning",
        "trusted-proxy: 10.0.0.0/8", "plan-limits:", "  Basic: {maximum: 2, scope: plan}", "  Standard:", "    maximum: 3",
        "    scope: site", "",
    ]))
    server = own_server()
    server.data = tmp_path / "elsewhere"
    server.command = lambda: [binary(), "serve", "--config", str(config)]
    server.start()
    address = server.runtime()["managementAddress"]
    assert server.runtime()["managementEndpoint"] == "https://management.example"
    management = Management(server.settings(endpoint="https://localhost:" + address.rsplit(":", 1)[1]))
    group = "file"
    management.put(management.group(group), {"location": "westus"})
    management.put(management.namespace(group, "file-relay"), {"location": "westus"})
    keys = management.keys(management.namespace(group, "file-relay") + "/authorizationRules/RootManageSharedAccessKey")
    # 443 stands in no connection string.
    assert keys["primaryConnectionString"].startswith("Endpoint=sb://file-relay.relay.example/;")
    for sku, maximum in (("B1", 2), ("S1", 3), ("P1v3", 200)):
        plan = management.plan(group, f"plan-{sku}")
        management.put(plan, {"location": "westus", "sku": {"name": sku}})
        assert management.get(plan + "/hybridConnectionPlanLimits/limit")["properties"]["maximum"] == maximum


BAD_FILES = {
    "unknown key": "nonsense: 1\n", "underscore": "data_directory: x\n", "camel case": "dataDirectory: x\n",
    "a list": "- a\n- b\n", "a text": "hello\n", "no YAML": "a: [\n",
    "wrong value": "drain-timeout: soon\n", "a mapping for a text": "relay-domain: {a: b}\n",
    "unknown tier": "plan-limits: {Golden: {maximum: 1}}\n",
    "wrong maximum": "plan-limits: {Basic: {maximum: many}}\n",
    "wrong scope": "plan-limits: {Basic: {maximum: 1, scope: world}}\n", "limits as text": "plan-limits: lots\n",
    "unknown field of a limit": "plan-limits: {Basic: {maximum: 1, scoop: plan}}\n",
    "the same key twice": "log-level: info\nlog-level: debug\n", "binary": "\x00\x01\x02",
    "a list of limits": "plan-limits: [1]\n",
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_a_usage_error(tmp_path, name):
    config = tmp_path / "causeway.yaml"
    config.write_text(BAD_FILES[name])
    refused_usage(tmp_path, f"--config={config}")


def refused_usage(tmp_path, *arguments, **environment):
    variables = [name.removeprefix("CAUSEWAY_").lower().replace("_", "-") for name in environment]
    addresses = without(FREE_ADDRESSES, [*arguments, *(f"--{name}" for name in variables)])
    result = run("serve", f"--data-directory={tmp_path / 'data'}", *addresses, *arguments, limit=10, **environment)
    assert result.returncode == 2, (result.returncode, result.stderr)
    assert result.stdout == "" and "rror" in result.stderr
    assert not (tmp_path / "data").exists(), "something was made before the options were checked"
    return result.stderr


BAD_OPTIONS = [
    ("management-address", value) for value in ("nowhere", ":", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:-1", "127.0.0.1:65536",
        ":8443", "a b:1", "")
] + [
    ("relay-address", "127.0.0.1:99999"), ("operations-address", "http://127.0.0.1:1"), ("relay-domain", "-a.example"),
    ("relay-domain", "a..b"), ("relay-domain", "a b"),
    ("relay-domain", "x" * 64 + ".example"), ("relay-domain", "é.example"), ("management-endpoint", "http://a.example"),
    ("management-endpoint", "a.example"),
    ("management-endpoint", "https://a.example/path"), ("management-endpoint", "https://"), ("relay-endpoint", "a.example"),
    ("response-deadline", "-1"),
    ("response-deadline", "soon"), ("response-deadline", "1.5"), ("drain-timeout", "-1"),
    ("drain-timeout", "99999999999999999999"), ("rate-limit", "5"), ("rate-limit", "0,0"),
    ("rate-limit", "a,b"), ("rate-limit", "1,2,3"), ("log-level", "loud"), ("log-level", ""), ("trusted-proxy", "10.0.0.0/33"),
    ("trusted-proxy", "everywhere"),
    ("plan-limits", "Basic"), ("plan-limits", "Basic=x"), ("plan-limits", "Golden=1"), ("plan-limits", "Basic=-1"),
    ("plan-limits", "Basic=1:world"), ("plan-limits", "Basic=1:plan:x"),
    ("tls-certificate", "only-one.pem"), ("tls-key", "only-one.pem"), ("config", "not-there.yaml"),
]


@pytest.mark.parametrize("name, value", BAD_OPTIONS)
def test_a_bad_option_is_a_usage_error_that_names_it(tmp_path, name, value):
    message = refused_usage(tmp_path, f"--{name}={value}")
    assert name in message or value in message
    if value and name != "config":
        refused_usage(tmp_path, **{"CAUSEWAY_" + name.upper().replace("-", "_"): value})


@pytest.mark.parametrize("arguments", [["serve", "--nonsense"], ["serve", "extra"], ["nonsense"], ["backup"], ["restore"]])
def test_a_wrong_command_line_is_a_usage_error(arguments, tmp_path):
    result = run(*arguments, cwd=tmp_path)
    assert result.returncode == 2 and result.stdout == "" and "Usage" in result.stderr
    assert list(tmp_path.iterdir()) == []


# MARK: certificates


def test_an_own_certificate_is_shown_and_a_changed_one_too(own_server, tmp_path):
    certificate_path, key_path = tmp_path / "server.pem", tmp_path / "server.key"
    first, second, third = OwnCertificate(), OwnCertificate(), OwnCertificate()
    first.write(certificate_path, key_path)
    server = own_server(f"--tls-certificate={certificate_path}", f"--tls-key={key_path}").start()
    addresses = [server.runtime()[name] for name in ("managementAddress", "relayAddress")]
    assert [shown_certificate(address) for address in addresses] == [first.der] * 2
    management = Management(server.settings(ca_file=str(certificate_path)))
    with RawConnection(server.settings(ca_file=str(certificate_path))) as old:
        second.write(certificate_path, key_path)
        for address in addresses:
            wait_until(lambda: shown_certificate(address) == second.der, f"{address} shows the new certificate", limit=15,
                interval=0.1)
        authorization = f"Host: localhost\r\nAuthorization: Bearer {management.token}\r\n"
        old.send(f"GET {management.subscription}?api-version=2022-12-01 HTTP/1.1\r\n{authorization}\r\n".encode())
        assert old.read_answer().status == 200, "a connection of before the change was dropped"
    assert Management(server.settings(ca_file=str(certificate_path))).token
    certificate_path.write_bytes(b"-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n")
    wait_until(lambda: "cannot be reloaded" in server.log(), "the broken file is noticed", limit=15, interval=0.1)
    assert shown_certificate(addresses[0]) == second.der and server.health() == "ready\n"
    third.write(certificate_path, key_path)
    wait_until(lambda: shown_certificate(addresses[0]) == third.der, "the repaired file is taken", limit=15, interval=0.1)


@pytest.mark.parametrize("kind", ["absent", "mismatched", "no certificate", "no key", "swapped"])
def test_a_certificate_that_cannot_be_used_is_a_clear_failure(own_server, tmp_path, kind):
    certificate_path, key_path = tmp_path / "server.pem", tmp_path / "server.key"
    OwnCertificate().write(certificate_path, key_path)
    {
        "absent": certificate_path.unlink, "mismatched": lambda: key_path.write_bytes(OwnCertificate().key_pem),
        "no certificate": lambda: certificate_path.write_text("hello"),
        "no key": lambda: key_path.write_text("hello"), "swapped": lambda: certificate_path.write_bytes(key_path.read_bytes()),
    }[kind]()
    server = own_server(f"--tls-certificate={certificate_path}", f"--tls-key={key_path}")
    server.launch()
    assert server.process.wait(10) in (1, 2)
    assert any(word in server.log().lower() for word in ("certificate", "key")) and "Fatal" not in server.log()
    assert not (server.data / "runtime.json").exists()


def test_the_own_authority_signs_for_all_names_that_clients_use(own_server):
    server = own_server("--relay-domain=relay.example").start()
    certificate = x509.load_der_x509_certificate(shown_certificate(server.runtime()["relayAddress"]))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"localhost", "relay.example", "*.relay.example"} <= set(names.get_values_for_type(x509.DNSName))
    assert {"127.0.0.1", "::1"} <= {str(address) for address in names.get_values_for_type(x509.IPAddress)}
