"""Templates of the tests, their deployments over plain REST, and how each came out."""

import threading

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
SUBSCRIPTION_SCHEMA = "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#"
RELAY, WEB = "2021-11-01", "2023-12-01"


def template(*resources, schema=SCHEMA, **members):
    return {"$schema": schema, "contentVersion": "1.0.0.0", "resources": list(resources), **members}


def resource(kind, name, version=RELAY, **members):
    return {"type": kind, "apiVersion": version, "name": name, **members}


def namespace(name, **members):
    return resource("Microsoft.Relay/namespaces", name, location="westus", **members)


def connection(name, **members):
    return resource("Microsoft.Relay/namespaces/hybridConnections", name, **{"properties": {}, **members})


def connections(relay, count, prefix="hc", **loop):
    """Many of them from one loop."""
    return connection(f"[format('{relay}/{prefix}{{0}}', copyIndex())]", copy={"name": "many", "count": count, **loop})


def nested(name, inside, inner=True, parameters=None, **members):
    properties = {"mode": "Incremental", "template": inside, "parameters": parameters or {},
        "expressionEvaluationOptions": {"scope": "inner" if inner else "outer"}}
    return resource("Microsoft.Resources/deployments", name, "2025-04-01", **{"properties": properties, **members})


def body(content, mode="Incremental", location=None, **parameters):
    values = {name: {"value": value} for name, value in parameters.items()}
    return {"properties": {"mode": mode, "template": content, "parameters": values},
        **({"location": location} if location else {})}


def path_of(scope, name):
    return f"{scope}/providers/Microsoft.Resources/deployments/{name}"


class Deployments:
    """Deployments of one scope."""

    def __init__(self, management, scope, call=None):
        self.management, self.scope, self.call = management, scope, call or management.call

    def path(self, name):
        return path_of(self.scope, name)

    def send(self, name, content, **keywords):
        return self.call("PUT", self.path(name), body(content, **keywords))

    def run(self, name, content, **keywords):
        """Deploys to the end; the properties."""
        answer = self.send(name, content, **keywords)
        assert answer.status_code in (200, 201), answer.text[:1500]
        return answer.json()["properties"]

    def done(self, name, content, **keywords):
        """Deploys, which must succeed."""
        properties = self.run(name, content, **keywords)
        assert properties["provisioningState"] == "Succeeded", properties.get("error")
        return properties

    def failed(self, name, content, **keywords):
        properties = self.run(name, content, **keywords)
        assert properties["provisioningState"] == "Failed", properties
        return properties["error"]

    def get(self, name):
        return self.management.get(self.path(name))["properties"]

    def state(self, name):
        answer = self.management.call("GET", self.path(name))
        return answer.json()["properties"]["provisioningState"] if answer.status_code == 200 else None

    def operations(self, name):
        return [one["properties"] for one in self.management.get(self.path(name) + "/operations")["value"]]

    def states(self, name):
        """How each resource came out, by its name."""
        return {one["targetResource"]["resourceName"]: one["provisioningState"] for one in self.operations(name)
            if "targetResource" in one}

    def begin(self, name, content, **keywords):
        """Deploys in a thread, which is given; the answer comes into its `answers`."""
        thread = threading.Thread(target=self._begun, args=(name, content, keywords), daemon=True)
        thread.answers = []
        thread.start()
        return thread

    def _begun(self, name, content, keywords):
        try:
            threading.current_thread().answers.append(self.send(name, content, **keywords))
        except OSError as error:
            threading.current_thread().answers.append(error)
