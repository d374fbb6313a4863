"""What azurerm, the Terraform provider, sends and expects: its start, its requests, its waiting, its resource IDs.

Written after the provider's source (5.2, with the go-azure-sdk in it). The waits between two polls are left out.
"""

import base64
import json
import uuid
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from .waiting import wait_until

RELAY, WEB, WEB_NAMES = "2021-11-01", "2023-12-01", "2023-01-01"
GROUPS, PROVIDERS, METADATA = "2023-07-01", "2022-09-01", "2022-09-01"

AGENT = ("HashiCorp/go-azure-sdk (Go-http-Client/1.1 {service}/{version}) HashiCorp Terraform/1.13.0 "
    "(+https://www.terraform.io) terraform-provider-azurerm/dev pid-222c6c49-1b0a-5959-a213-6608f9eb8820")
JSON = "application/json; charset=utf-8"
ABSENT = object()


class ProviderError(AssertionError):
    """The provider would stop here with an error."""


class Panic(ProviderError):
    """The provider would crash here: it reads through a pointer that is nil."""


class MustBeImported(ProviderError):
    """A resource with the ID already exists; to be managed by Terraform it needs to be imported."""


# MARK: values


class Values(dict):
    """The fields of a Go struct with pointers: what is absent or null is None."""

    def __missing__(self, name):
        return None


def decode(shape, value, where="the answer"):
    """JSON as Go reads it into a struct: names without regard to case, unknown ones dropped, wrong types refused."""
    if value is None:
        return None
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            raise ProviderError(f"{where}: an object is wanted, not {value!r}")
        if "*" in shape:
            return Values({name: decode(shape["*"], inner, f"{where}.{name}") for name, inner in value.items()})
        names = {name.lower(): name for name in shape}
        found = Values()
        for given, inner in value.items():
            name = names.get(given.lower())
            if name is not None and inner is not None:
                found[name] = decode(shape[name], inner, f"{where}.{given}")
        return found
    if isinstance(shape, list):
        if not isinstance(value, list):
            raise ProviderError(f"{where}: an array is wanted, not {value!r}")
        return [decode(shape[0], inner, f"{where}[{index}]") for index, inner in enumerate(value)]
    if shape is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not shape:
        raise ProviderError(f"{where}: {shape.__name__} is wanted, not {value!r}")
    return value


def through(value, what):
    """What a pointer points to."""
    if value is None:
        raise Panic(f"{what} is nil")
    return value


def location(value):
    return (value or "").lower().replace(" ", "")


def without_absent(fields):
    """`omitempty` of pointers: None is left out, and nothing else."""
    return {name: value for name, value in fields.items() if value is not None}


# MARK: resource IDs


class ID:
    """A resource ID type: fixed segments, and names in braces."""

    def __init__(self, template):
        self.template = template
        self.segments = template.strip("/").split("/")

    def make(self, **names):
        return self.template.format(**names)

    def parse(self, text, insensitively=False):
        """The names in an ID. Anything missing, too much or in another case is an error, as Terraform has it."""
        segments = (text or "").strip("/").split("/")
        if not (text or "").startswith("/") or len(segments) != len(self.segments):
            raise ProviderError(f"parsing {text!r}: the segments of {self.template} are wanted")
        names = {}
        for wanted, given in zip(self.segments, segments):
            if wanted.startswith("{"):
                if not given:
                    raise ProviderError(f"parsing {text!r}: the segment {wanted} is empty")
                names[wanted[1:-1]] = given
            elif given != wanted and not (insensitively and given.lower() == wanted.lower()):
                raise ProviderError(f"parsing {text!r}: the segment {wanted!r} is wanted, not {given!r}")
        return names


GROUP = ID("/subscriptions/{subscription}/resourceGroups/{group}")
NAMESPACE = ID(GROUP.template + "/providers/Microsoft.Relay/namespaces/{namespace}")
NAMESPACE_RULE = ID(NAMESPACE.template + "/authorizationRules/{rule}")
HYBRID_CONNECTION = ID(NAMESPACE.template + "/hybridConnections/{connection}")
CONNECTION_RULE = ID(HYBRID_CONNECTION.template + "/authorizationRules/{rule}")
PLAN = ID(GROUP.template + "/providers/Microsoft.Web/serverFarms/{plan}")
SITE = ID(GROUP.template + "/providers/Microsoft.Web/sites/{site}")
BINDING = ID(SITE.template + "/hybridConnectionNamespaces/{namespace}/relays/{connection}")
SUBNET = ID(GROUP.template + "/providers/Microsoft.Network/virtualNetworks/{network}/subnets/{subnet}")
ENVIRONMENT = ID(GROUP.template + "/providers/Microsoft.Web/hostingEnvironments/{environment}")


# MARK: start


@dataclass
class Cloud:
    """The environment that the provider makes of the metadata document."""

    name: str
    resource_manager: str
    microsoft_graph: str
    login: str
    audiences: list
    tenant: str
    identity_provider: str
    suffixes: dict

    @classmethod
    def discover(cls, session, host):
        """`ARM_METADATA_HOSTNAME`: a host with or without a port, always https."""
        answer = session.get(f"https://{host}/metadata/endpoints?api-version={METADATA}", timeout=30)
        if answer.status_code != 200:
            raise ProviderError(f"retrieving metadata: expected 200 OK but got {answer.status_code}")
        document = answer.json()
        if not isinstance(document, dict):
            raise ProviderError("unmarshaling response: an object is wanted")
        for name in ("name", "resourceManager", "microsoftGraphResourceId"):
            if not document.get(name):
                raise ProviderError(f"retrieving metadata from endpoint: no {name!r} was returned")
        sign_in = document["authentication"]
        return cls(document["name"], document["resourceManager"].rstrip("/"),
            document["microsoftGraphResourceId"].rstrip("/"), sign_in["loginEndpoint"], sign_in["audiences"],
            sign_in["tenant"], sign_in["identityProvider"], document.get("suffixes") or {})

    def expect_no_azure_stack(self):
        """Any cloud but one of these words is taken for Azure Stack, which has a provider of its own."""
        words = (self.identity_provider.lower(), self.tenant.lower())
        if self.name.lower() == "azurestackcloud" or words != ("aad", "common"):
            raise ProviderError("the AzureRM Provider supports the different Azure Public Clouds, not Azure Stack: "
                f"{self.name}, {self.identity_provider}, {self.tenant}")

    def scopes(self):
        """What authorizers are made for before anything is asked; one that cannot be made ends the provider."""
        found = {"ResourceManager": self.resource_manager, "MicrosoftGraph": self.microsoft_graph}
        if self.suffixes.get("storage"):
            found["AzureStorage"] = "https://storage.azure.com"
        if self.suffixes.get("keyVaultDns"):
            found["AzureKeyVault"] = "https://" + self.suffixes["keyVaultDns"]
        for name in ("ResourceManager", "AzureStorage", "AzureKeyVault", "MicrosoftGraph"):
            if name not in found:
                raise ProviderError(f"unable to build authorizer: the endpoint {name!r} is not supported here")
        return {name: scope + "/.default" for name, scope in found.items()}

    @property
    def storage_suffix(self):
        if not self.suffixes.get("storage"):
            raise ProviderError(f"could not determine Storage domain suffix for environment {self.name!r}")
        return self.suffixes["storage"]


class Response:
    """An answer whose status was one of those that the call accepts."""

    def __init__(self, answer):
        self.status, self.headers, self.request = answer.status_code, answer.headers, answer.request
        self.text = answer.text

    def model(self, shape):
        kind = (self.headers.get("Content-Type") or self.request.headers["Content-Type"]).lower()
        if not self.text:
            return None
        if "application/json" not in kind:
            raise ProviderError(f"unimplemented unmarshal function for content type {kind!r}")
        return decode(shape, json.loads(self.text), f"{self.request.method} {urlsplit(self.request.url).path}")


class NotFound(ProviderError):
    """An answer 404 that the provider may have hoped for."""


class Azurerm:
    """The provider once it is configured."""

    def __init__(self, settings):
        self.settings, self.subscription = settings, settings.subscription_id
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = settings.ca_file
        self.session.headers.clear()
        self.session.headers["Accept-Encoding"] = "gzip"
        self.correlation, self.calls, self.retried = str(uuid.uuid4()), [], 0
        self.cloud = Cloud.discover(self.session, urlsplit(settings.endpoint).netloc)
        self.token = self.sign_in(self.cloud.resource_manager + "/.default")

    def sign_in(self, scope):
        """The token endpoint is made of two texts; no OpenID document is read."""
        form = {"client_id": self.settings.client_id, "client_secret": self.settings.client_secret,
            "grant_type": "client_credentials", "scope": scope}
        answer = self.session.post(f"{self.cloud.login}/{self.settings.tenant_id}/oauth2/v2.0/token", timeout=30,
            data=urlencode(form), headers={"Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded"})
        if not 200 <= answer.status_code <= 299:
            raise ProviderError(f"received HTTP status {answer.status_code} with response: {answer.text}")
        return answer.json()["access_token"]

    def account(self):
        """Who the provider is, read out of a token for Microsoft Graph; without `oid` it would ask Graph itself."""
        parts = self.sign_in(self.cloud.microsoft_graph + "/.default").split(".")
        if len(parts) != 3:
            raise ProviderError("unexpected token format: does not have 3 parts")
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        if "openid" in claims.get("scp", "").lower():
            raise ProviderError("the token is a user's")
        return {"client": claims.get("appid"), "object": claims.get("oid"), "tenant": claims.get("tid")}

    def register(self, wanted):
        """`resource_provider_registrations`: registers what is listed and not registered; what is absent only warns."""
        listed = self.pages(f"/subscriptions/{self.subscription}/providers", PROVIDERS,
            {"namespace": str, "registrationState": str})
        states = {provider["namespace"]: provider["registrationState"] or "" for provider in listed}
        for name in sorted(wanted & states.keys()):
            if states[name].lower() != "registered":
                path = f"/subscriptions/{self.subscription}/providers/{name}"
                self.call("POST", path + "/register", PROVIDERS, body={})
                wait_until(lambda path=path: self.call("GET", path, PROVIDERS).model({"registrationState": str}
                    )["registrationState"] == "Registered", f"{name} is registered")
        return states

    # MARK: requests

    def call(self, method, path, version, body=ABSENT, accepted=(200,), query=None):
        headers = {"Content-Type": JSON, "User-Agent": AGENT.format(service=path.split("/")[-2], version=version),
            "X-Ms-Correlation-Request-Id": self.correlation, "Authorization": "Bearer " + self.token}
        content = None if body is ABSENT else self.marshal(body)
        target = path + "?" + urlencode(sorted({"api-version": version, **(query or {})}.items()))
        for _ in range(5):
            answer = self.session.request(method, self.cloud.resource_manager + target, headers=headers, data=content,
                timeout=60,
                allow_redirects=False)
            if not self.is_worth_a_retry(answer.status_code):
                break
            self.retried += 1
        self.calls.append(f"{method} {path}")
        if answer.status_code not in accepted:
            kind = NotFound if answer.status_code == 404 else ProviderError
            raise kind(f"{method} {target}: unexpected status {answer.status_code} with {self.reason(answer)}")
        return Response(answer)

    @staticmethod
    def is_worth_a_retry(status):
        return status in (408, 424, 429) or (status >= 500 and status != 501)

    @staticmethod
    def marshal(body):
        """Go escapes three characters that other writers leave alone."""
        text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        for character in "&<>":
            text = text.replace(character, f"\\u{ord(character):04x}")
        return text.encode()

    @staticmethod
    def reason(answer):
        """The text that a user is shown: code and message, or the body as it is."""
        if answer.headers.get("Content-Type", "").lower().startswith("application/json"):
            error = answer.json().get("error") or {}
            if error.get("code") and error.get("message"):
                return f"error: {error['code']}: {error['message']}"
        if not answer.text:
            raise ProviderError(f"unexpected status {answer.status_code} received with no body")
        return "response: " + answer.text

    def pages(self, path, version, shape, query=None):
        found, answer = [], self.call("GET", path, version, query=query)
        while True:
            page = answer.model({"value": [shape], "nextLink": str})
            found += page["value"] or []
            if not page["nextLink"]:
                return found
            link = urlsplit(page["nextLink"])
            options = {name: values[0] for name, values in parse_qs(link.query).items()}
            answer = self.call("GET", link.path, options.pop("api-version"), query=options)

    def exists(self, path, version):
        """The look before a create. Only 404 lets it go on."""
        try:
            self.call("GET", path, version)
        except NotFound:
            return False
        return True

    def refuse_existing(self, kind, path, version):
        if self.exists(path, version):
            raise MustBeImported(f"{kind}: a resource with the ID {path!r} already exists - needs to be imported")

    # MARK: waiting

    def poll(self, response):
        """Waits as the answer of a PUT, PATCH, POST or DELETE says, until the work is done."""
        method, address = response.request.method, urlsplit(response.request.url)
        link = response.headers.get("Azure-AsyncOperation") or response.headers.get("Location") or ""
        is_itself = urlsplit(link).path.lower() == address.path.lower()
        kind = (response.headers.get("Content-Type") or JSON).lower()
        if response.status in (200, 201, 202) and link and method != "DELETE" and not is_itself:
            return self.poll_operation(link)
        if method in ("PATCH", "POST", "PUT") and "application/json" in kind and (response.status in (200, 201)
                or (response.status == 202 and is_itself)):
            return self.poll_state(self.resource_of(address.path), self.version_of(address))
        if method == "DELETE" and response.status in (200, 201, 202, 204):
            return self.poll_until_gone(self.resource_of(address.path), self.version_of(address))
        raise ProviderError(f"no applicable pollers were found for {method} {address.path}: {response.status}, {kind}")

    @staticmethod
    def version_of(address):
        return parse_qs(address.query)["api-version"][0]

    @staticmethod
    def resource_of(path):
        """A resource has segments in pairs; what is odd at the end is an operation on it."""
        segments = path.strip("/").split("/")
        return "/" + "/".join(segments[:-1] if len(segments) % 2 else segments)

    def poll_operation(self, link):
        address = urlsplit(link)
        if not address.scheme:
            raise ProviderError(f"invalid polling URL {link!r} in response: URL was not absolute")

        def is_done():
            options = {name: values[0] for name, values in parse_qs(address.query).items()}
            answer = self.call("GET", address.path, options.pop("api-version"), query=options, accepted=(200, 201,
                202, 204, 404))
            if answer.status in (404, 202):
                return False
            if answer.status == 200 and not answer.text:
                return True
            found = answer.model({"status": str, "properties": {"provisioningState": str}})
            state = (found["properties"] or Values())["provisioningState"]
            return self.is_final(found["status"]) or self.is_final(state)

        wait_until(is_done, f"{link} is done")

    def poll_state(self, path, version):
        def is_done():
            found = self.call("GET", path, version).model({"status": str, "properties": {"provisioningState": str}})
            state = (found["properties"] or Values())["provisioningState"] or found["status"]
            return not state or self.is_final(state)

        wait_until(is_done, f"{path} is provisioned")

    @staticmethod
    def is_final(state):
        word = (state or "").lower()
        if word in ("failed", "canceled", "cancelled"):
            raise ProviderError(f"polling failed: {state}")
        return word == "succeeded"

    def poll_until_gone(self, path, version):
        wait_until(lambda: self.call("GET", path, version, accepted=(200, 404)).status == 404, f"{path} is gone")


# MARK: resources


COMPUTED = object()


class Resource:
    """One type of resource of the provider: what it may be configured with, and how it is made, read, changed, deleted.

    `SCHEMA` has the default of each attribute; `COMPUTED` is one that the server may fill in when it is not configured.
    """

    TYPE, SCHEMA, FORCES_NEW = None, {}, set()

    def __init__(self, provider):
        self.provider = provider

    def configured(self, config):
        unknown = config.keys() - self.SCHEMA.keys()
        assert not unknown, unknown
        return {name: config.get(name, None if default is COMPUTED else default)
            for name, default in self.SCHEMA.items()}

    def apply(self, config):
        """Creates it, reads it back and plans again; gives its ID and its state."""
        resource = self.create(self.configured(config))
        state = self.read(resource)
        self.expect_no_changes(config, state)
        return resource, state

    def change(self, resource, before, after):
        """Applies another configuration to what is there."""
        old, new = self.configured(before), self.configured(after)
        changed = self.changed(old, new)
        assert changed and not changed & self.FORCES_NEW, changed
        self.update(resource, new, changed)
        state = self.read(resource)
        self.expect_no_changes(after, state)
        return state

    def changed(self, old, new):
        return {name for name in new if old[name] != new[name]}

    def bring_in(self, resource, config):
        """`terraform import`, and a plan afterwards."""
        self.check_import(resource)
        state = self.read(resource)
        if state is None:
            raise ProviderError("Cannot import non-existent remote object")
        self.expect_no_changes(config, state)
        return state

    def check_import(self, resource):
        self.ID.parse(resource)

    def expect_no_changes(self, config, state):
        assert state is not None, f"{self.TYPE} is gone right after it was written"
        changes = self.changes(config, state)
        assert not changes, f"{self.TYPE}: the next plan is not empty (attribute, read, configured): {changes}"

    def changes(self, config, state):
        """What `terraform plan` would show."""
        wanted, found = self.configured(config), {}
        for name, value in wanted.items():
            if value is None and self.SCHEMA[name] is COMPUTED:
                continue
            if not self.is_same(name, value, state[name]):
                found[name] = (state[name], value)
        return found

    def is_same(self, name, wanted, stored):
        if name == "location":
            return location(wanted) == location(stored)
        return wanted == stored


def tags_of(model):
    return dict(model["tags"] or {})
