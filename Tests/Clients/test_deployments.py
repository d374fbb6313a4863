"""Template deployments over plain REST: who may, what fails, what is in the way, and what is left afterwards."""

import json
import sqlite3
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from clients.estate import difference, picture
from clients.principals import OWNER, READER, Principal
from clients.raw import RawConnection
from clients.rest import Management, error_of
from clients.templates import (RELAY, SUBSCRIPTION_SCHEMA, WEB, Deployments, body, connection, connections, namespace, nested,
    resource, template)
from clients.waiting import wait_until

LOCKS = "Microsoft.Authorization/locks"


@pytest.fixture
def scope(management, unique):
    """A resource group of the test's own."""
    path = management.group(unique("deployed"))
    management.put(path, {"location": "westus"})
    yield path
    management.delete(path)


@pytest.fixture
def deployments(management, scope):
    return Deployments(management, scope)


@pytest.fixture
def deployer(management, scope, unique):
    """A principal that may deploy in the group, and no more."""
    principal = Principal(management, unique("deployer"))
    role = f"{management.subscription}/providers/Microsoft.Authorization/roleDefinitions/{uuid.uuid4()}"
    management.put(role, {"properties": {"roleName": unique("deployer"), "type": "CustomRole",
        "assignableScopes": [management.subscription], "permissions": [{"actions": ["Microsoft.Resources/deployments/*"],
        "notActions": []}]}})
    assignment = principal.assign(role.rsplit("/", 1)[1], scope)
    yield principal
    management.delete(assignment)
    management.delete(role)
    management.delete(principal.path)


def late(inside, **more):
    """A template whose nested deployment `late` has a parameter that is known only when another deployment has ended."""
    value = "[concat(parameters('more'), reference('first').outputs.out.value)]"
    return template(
        nested("first", template(outputs={"out": {"type": "string", "value": "value"}})),
        nested("late", inside, parameters={"late": {"value": value}}, dependsOn=["first"]),
        parameters={"more": {"type": "securestring", "defaultValue": ""}}, **more)


def status_of(management, path):
    return management.call("GET", path).status_code


# MARK: rights


def test_who_may_only_deploy_makes_nothing(management, deployments, deployer, scope, unique):
    relay = unique("denied-relay")
    own = Deployments(management, scope, deployer.call)
    answer = own.send("direct", template(namespace(relay)))
    assert answer.status_code == 403 and "Microsoft.Relay/namespaces/write" in answer.text
    assert deployments.state("direct") is None, "a refused deployment is recorded"
    for inner in (True, False):
        answer = own.send(f"inside-{inner}", template(nested("in", template(namespace(relay)), inner=inner)))
        assert answer.status_code == 403 and "Microsoft.Relay/namespaces/write" in answer.text
        assert deployments.state(f"inside-{inner}") is None
    # What is not known before is refused when it is its turn.
    error = own.failed("late", late(template(namespace(relay), parameters={"late": {"type": "string"}})))
    assert "Microsoft.Relay/namespaces/write" in json.dumps(error)
    assert status_of(management, f"{scope}/providers/Microsoft.Relay/namespaces/{relay}") == 404


def test_expressions_read_and_list_only_what_their_caller_may(management, deployments, deployer, scope, unique):
    relay = unique("read-relay")
    deployments.done("make", template(namespace(relay)))
    own = Deployments(management, scope, deployer.call)
    identity = f"resourceId('Microsoft.Relay/namespaces', '{relay}')"
    rule = f"resourceId('Microsoft.Relay/namespaces/authorizationRules', '{relay}', 'RootManageSharedAccessKey')"
    for name, value in (("read", f"[reference({identity}, '{RELAY}').metricId]"),
            ("keys", f"[listKeys({rule}, '{RELAY}').primaryKey]")):
        error = own.failed(name, template(outputs={"a": {"type": "string", "value": value}}))
        assert "not have authorization" in json.dumps(error), error
        assert "outputs" not in deployments.get(name)


def test_a_nested_deployment_in_another_group_needs_the_right_there(management, deployer, scope, unique):
    other = management.group(unique("other"))
    management.put(other, {"location": "westus"})
    own = Deployments(management, scope, deployer.call)
    answer = own.send("across", template(nested("in", template(), resourceGroup=other.rsplit("/", 1)[1])))
    assert answer.status_code == 403 and "Microsoft.Resources/deployments/write" in answer.text
    assert Deployments(management, other).state("in") is None
    management.delete(other)


def test_a_deployment_at_a_resource_is_refused(management, deployer, scope, unique):
    """A right on one resource gives none to replace the history of its group."""
    other = management.group(unique("other"))
    management.put(other, {"location": "westus"})
    theirs = Deployments(management, other)
    theirs.done("history", template(namespace(relay := unique("scoped-relay"))))
    deployer.assign(OWNER, place := f"{other}/providers/Microsoft.Relay/namespaces/{relay}")
    before = theirs.get("history")
    own = Deployments(management, scope, deployer.call)
    own.send("outside", template(nested("history", template(), scope=place)))
    assert theirs.get("history") == before, "the deployment of a group was replaced by a caller without a right there"
    management.delete(other)


def test_other_subscriptions_look_the_same_whether_they_are_there_or_not(management, deployer, scope, unique):
    own = Deployments(management, scope, deployer.call)
    for subscription in (management.settings.subscription_id, str(uuid.uuid4())):
        inside = nested("in", template(schema=SUBSCRIPTION_SCHEMA), location="westus", subscriptionId=subscription)
        answer = own.send("across", template(inside))
        assert answer.status_code == 403, answer.text
        assert subscription in answer.text


def test_a_reader_may_not_deploy_and_sees_no_secret(management, deployments, scope, unique):
    reader = Principal(management, unique("reader"))
    reader.assign(READER, scope)
    secret = unique("very-secret")
    parameters = {"type": "securestring"}
    inside = template(parameters={"inner": parameters}, outputs={"kept": {"type": "securestring",
        "value": "[parameters('inner')]"}})
    deployments.done("outer", template(
        nested("inner", inside, parameters={"inner": {"value": "[parameters('given')]"}}),
        nested("same", template(outputs={"kept": {"type": "securestring", "value": "[parameters('given')]"}}), inner=False),
        parameters={"given": parameters}), given=secret)
    for name in ("outer", "inner", "same"):
        for method, tail in (("GET", ""), ("GET", "/operations"), ("POST", "/exportTemplate")):
            answer = management.call(method, deployments.path(name) + tail)
            assert answer.status_code == 200 and secret not in answer.text, (name, tail)
        assert reader.call("GET", deployments.path(name)).status_code == 200
    answer = reader.call("PUT", deployments.path("mine"), body(template()))
    assert answer.status_code == 403 and error_of(answer)[0] == "AuthorizationFailed"
    management.delete(reader.path)


def test_no_secret_of_a_deployment_is_in_the_store(own_server, unique):
    server = own_server().start()
    management = Management(server.settings())
    scope = management.group("secrets")
    management.put(scope, {"location": "westus"})
    secret = unique("very-secret")
    deployments = Deployments(management, scope)
    given = {"given": {"type": "securestring"}, "whole": {"type": "secureobject"}}
    inside = template(connection("[parameters('given')]"), parameters={"given": {"type": "securestring"}})
    fails = template(parameters={"given": {"type": "securestring", "maxLength": 3}})
    answer = deployments.send("outer", template(
        nested("fails", fails, parameters={"given": {"value": "[parameters('whole').a]"}}), parameters=given), given="-",
        whole={"a": secret})
    assert answer.status_code == 400 and "less than or equal to '3'" in answer.text and secret not in answer.text
    deployments.run("outer", template(
        nested("inner", inside, parameters={"given": {"value": "[concat(parameters('given'), '/x')]"}}),
        parameters=given), given="no-relay", whole={"a": secret})
    late_fails = template(parameters={"late": {"type": "securestring", "maxLength": 3}})
    assert "less than or equal to '3'" in json.dumps(deployments.failed("late-fails", late(late_fails), more=secret))
    assert server.stop() == 0
    for file in server.data.glob("causeway.db*"):
        assert secret.encode() not in file.read_bytes(), file
    assert secret not in server.log()


# MARK: locks


def test_locks_hold_deployments_too(management, deployments, scope, unique):
    relay = unique("locked-relay")
    deployments.done("make", template(namespace(relay), resource(LOCKS, "keep", "2020-05-01", properties={
        "level": "CanNotDelete"}, scope=f"Microsoft.Relay/namespaces/{relay}",
        dependsOn=[f"[resourceId('Microsoft.Relay/namespaces', '{relay}')]"])))
    error = deployments.failed("clean", template(), mode="Complete")
    assert "ScopeLocked" in json.dumps(error)
    place = f"{scope}/providers/Microsoft.Relay/namespaces/{relay}"
    assert status_of(management, place) == 200
    management.delete(f"{place}/providers/{LOCKS}/keep")
    management.put(lock := f"{scope}/providers/{LOCKS}/still", {"properties": {"level": "ReadOnly"}})
    answer = deployments.send("more", template())
    assert answer.status_code == 409 and error_of(answer)[0] == "ScopeLocked"
    management.delete(lock)
    assert deployments.state("more") is None


# MARK: failures


def test_a_failure_stops_what_waits_for_it_and_nothing_else(management, deployments, unique):
    relay = unique("partly-relay")
    after = lambda name: [f"[resourceId('Microsoft.Relay/namespaces/hybridConnections', '{relay}', '{name}')]"]  # noqa: E731
    base = {"dependsOn": [f"[resourceId('Microsoft.Relay/namespaces', '{relay}')]"]}
    answer = deployments.send("partly", template(
        namespace(relay), connection(f"{relay}/good", **base), connection(f"{relay}/bad", **base, properties={
            "userMetadata": 7}), connection(f"{relay}/late", dependsOn=after("bad")),
        connection(f"{relay}/later", dependsOn=after("late")), connection(f"{relay}/best", dependsOn=after("good"))))
    assert answer.status_code == 201 and "Azure-AsyncOperation" in answer.headers
    assert answer.json()["properties"]["provisioningState"] == "Failed"
    assert deployments.states("partly") == {relay: "Succeeded", f"{relay}/good": "Succeeded", f"{relay}/bad": "Failed",
        f"{relay}/best": "Succeeded"}
    failed = next(one for one in deployments.operations("partly") if one["provisioningState"] == "Failed")
    assert failed["statusCode"] == "BadRequest" and failed["statusMessage"]["error"]["code"]
    status = management.session.get(answer.headers["Azure-AsyncOperation"], headers={
        "Authorization": "Bearer " + management.token}, timeout=30)
    assert status.status_code == 200
    assert status.json()["status"] == "Failed" and status.json()["error"]["code"] == "DeploymentFailed"
    details = status.json()["error"]["details"]
    assert len(details) == 1 and details[0]["target"].endswith("/hybridConnections/bad")


def test_a_number_of_operations_is_a_number(deployments, unique):
    deployments.run("counted", template(namespace(unique("relay"))))
    path = deployments.path("counted") + "/operations?api-version=2025-04-01&$top="
    assert len(deployments.call("GET", path + "1").json()["value"]) == 1
    for wrong in ("0", "-1", "many"):
        answer = deployments.call("GET", path + wrong)
        assert answer.status_code == 400 and "$top" in answer.json()["error"]["message"]


def test_the_failure_of_a_nested_deployment_names_its_cause(deployments, unique):
    error = deployments.failed("outer", template(nested("inner", template(connection(f"{unique('no-relay')}/x")))))
    cause = error["details"][0]
    assert cause["code"] == "DeploymentFailed" and cause["details"][0]["code"] in ("ParentResourceNotFound", "ResourceNotFound")
    assert deployments.state("inner") == "Failed" and deployments.states("outer") == {"inner": "Failed"}


# MARK: what is refused before anything is done


def output(value, **members):
    return template(outputs={"a": {"type": "string", "value": value}}, **members)


def looped(count):
    return template(connections("some-relay", count))


def deep(levels):
    return template() if levels == 0 else template(nested(f"level{levels}", deep(levels - 1), inner=False))


MIB = 1024 * 1024
WRONG = {
    "a loop of 801": (looped(801), "InvalidTemplate"),
    "two loops of 401": (template(connections("some-relay", 401), connections("some-relay", 401, "other")), "InvalidTemplate"),
    "a loop of a billion": (looped(10**9), "InvalidTemplate"),
    "a loop of less than nothing": (looped(-1), "InvalidTemplate"),
    "a loop of a word": (looped("many"), "InvalidTemplate"),
    "a circle of two": (template(namespace("relay-one", dependsOn=["relay-two"]), namespace("relay-two",
        dependsOn=["relay-one"])), "InvalidTemplate"),
    "a circle of one": (template(namespace("relay-one", dependsOn=["relay-one"])), "InvalidTemplate"),
    "a circle of references": (template(
        namespace("relay-one", tags={"a": "[reference('relay-two').metricId]"}),
        namespace("relay-two", tags={"a": "[reference('relay-one').metricId]"})), "InvalidTemplate"),
    "a circle of variables": (template(variables={"a": "[variables('b')]", "b": "[variables('a')]"}), "InvalidTemplate"),
    "a circle of parameters": (template(parameters={"a": {"type": "string", "defaultValue": "[parameters('b')]"},
        "b": {"type": "string", "defaultValue": "[parameters('a')]"}}), "InvalidTemplate"),
    "an unknown function": (output("[nothing()]"), "InvalidTemplate"),
    "too few arguments": (output("[substring()]"), "InvalidTemplate"),
    "parentheses": (output("[" + "not(" * 50_000 + "true" + ")" * 50_000 + "]"), "InvalidTemplate"),
    "open parentheses": (output("[" + "concat(" * 100_000 + "]"), "InvalidTemplate"),
    "indices": (output("[variables('a')" + "[0]" * 100_000 + "]", variables={"a": [1]}), "InvalidTemplate"),
    "a bomb of text": (template(variables={"a0": "x" * 64, **{f"a{n}": f"[concat(variables('a{n-1}'), variables('a{n-1}'))]"
        for n in range(1, 60)}}), "InvalidTemplate"),
    "a bomb of arrays": (output("[string(length(map(range(0, 10000), lambda('x', range(0, 10000)))))]"), "InvalidTemplate"),
    "a bomb of steps": (output("[string(length(map(range(0, 10000), lambda('x', length(map(range(0, 10000), "
        "lambda('y', lambdaVariables('y'))))))))]"), "InvalidTemplate"),
    "a bomb of loops": (template(variables={"copy": [{"name": "a", "count": 800, "input": {"copy": [{"name": "b", "count": 800,
        "input": {"copy": [{"name": "c", "count": 800, "input": "[range(0, 800)]"}]}}]}}]}), "InvalidTemplate"),
    "a bomb of templates": (template(nested("[concat('a', copyIndex())]", template(nested("[concat('b', copyIndex('y'))]",
        template(connections("some-relay", 800)), inner=False, copy={"name": "y", "count": 800})), inner=False,
        copy={"name": "x", "count": 800})), "InvalidTemplate"),
    "resources of the wrong kind": ({**template(), "resources": "none"}, None),
    "a resource of the wrong kind": (template(7), "InvalidRequestContent"),
    "a resource without a name": (template({"type": "Microsoft.Relay/namespaces", "apiVersion": RELAY}),
        "InvalidRequestContent"),
    "a resource without a version": (template({"type": "Microsoft.Relay/namespaces", "name": "relay-one"}),
        "InvalidRequestContent"),
    "a version that nobody knows": (template(namespace("relay-one") | {"apiVersion": "soon"}), None),
    "a type that nobody knows": (template(resource("Microsoft.Nothing/things", "a")), "InvalidTemplate"),
    "a type that cannot be made": (template(resource("Microsoft.Resources/deploymentScripts", "a")), "InvalidTemplate"),
    "a name with a way up": (template(namespace("../../x")), "InvalidTemplate"),
    "a name that is a number": (template(namespace(7)), None),
    "a condition of a word": (template(namespace("relay-one", condition="yes")), "InvalidTemplate"),
    "a link": (template(resource("Microsoft.Resources/deployments", "in", "2025-04-01", properties={"mode": "Incremental",
        "templateLink": {"uri": "https://localhost/x.json"}})), "InvalidTemplate"),
    "a nested one without template": (template(resource("Microsoft.Resources/deployments", "in", "2025-04-01", properties={
        "mode": "Incremental"})), "InvalidTemplate"),
    "two of one name": (template(namespace("relay-one"), namespace("RELAY-ONE")), "InvalidTemplate"),
    "a template of a subscription": (template(schema=SUBSCRIPTION_SCHEMA), "InvalidTemplate"),
    "no template": (None, "InvalidRequestContent"), "a template of words": ("words", None), "an empty template": ({}, None),
    "257 parameters": (template(parameters={f"p{n}": {"type": "string", "defaultValue": ""} for n in range(257)}),
        "InvalidTemplate"),
    "801 resources": (template(*[namespace(f"relay-{n}") for n in range(801)]), "InvalidTemplate"),
    "a long name": (template(namespace("a" * 3000)), None),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_template_is_400_at_once_and_leaves_nothing(management, deployments, data_directory, healthy, case):
    content, code = WRONG[case]
    before, started = picture(data_directory), time.monotonic()
    for method, tail in (("PUT", ""), ("POST", "/validate"), ("POST", "/whatIf")):
        answer = management.call(method, deployments.path("wrong") + tail, body(content))
        assert answer.status_code == 400, (method, tail, answer.status_code, answer.text[:600])
        found, message = error_of(answer)
        assert code is None or found == code, (found, message)
        assert len(answer.content) < 20_000, "a refusal repeats what it was sent"
    assert time.monotonic() - started < 30
    healthy()
    assert difference(before, picture(data_directory)) == []


def test_a_refusal_says_where(management, deployments):
    content = json.dumps(body(template(namespace("relay-one"), namespace("relay-two", tags={"a": "[nothing()]"}))), indent=2)
    answer = management.call("PUT", deployments.path("wrong"), data=content.encode(), headers={
        "Content-Type": "application/json"})
    error = answer.json()["error"]
    line = next(number for number, text in enumerate(content.splitlines(), 1) if "relay-two" in text)
    info = error["additionalInfo"][0]["info"]
    assert error["code"] == "InvalidTemplate" and error["target"].startswith("properties.template.resources[1]")
    assert abs(info["lineNumber"] - line) <= 4 and info["linePosition"] > 0, (info, line)


@pytest.mark.parametrize("size, status", [(4 * MIB - 2000, 400), (5 * MIB, 413), (9 * MIB, 413)])
def test_a_body_of_megabytes_is_answered(management, deployments, healthy, size, status):
    """Whatever says no, it says so in Azure's shape."""
    content = body(template(variables={"a": "x" * (size - 400), "b": "[concat(variables('a'), variables('a'))]"}))
    answer = management.call("PUT", deployments.path("large"), content)
    assert answer.status_code == status, answer.text[:300]
    error_of(answer)
    healthy()
    assert deployments.state("large") is None


def test_deployments_within_deployments_are_counted(management, deployments, scope, unique):
    """Four levels of loops ask for millions; what is over the limit fails and nothing goes on for ever."""
    inside = template()
    for level in range(3):
        inside = template(nested(f"[concat('l{level}-', copyIndex(), '-', uniqueString(deployment().name))]", inside,
            copy={"name": "many", "count": 40}))
    started = time.monotonic()
    answer = deployments.send("bomb", inside)
    assert answer.status_code == 400 and "800" in answer.text and deployments.state("bomb") is None
    error = deployments.failed("bomb", late({**inside, "parameters": {"late": {"type": "string"}}}))
    assert "800" in json.dumps(error) and time.monotonic() - started < 60
    assert len(management.get(f"{scope}/providers/Microsoft.Resources/deployments")["value"]) <= 801


def test_looking_ahead_takes_no_more_than_one_template_may(management, deployments, scope):
    """Planning one of the nested deployments takes a large part of what one template may; a hundred would take minutes."""
    variables = {f"v{number}": "[map(range(0, 9000), lambda('x', concat('a', string(lambdaVariables('x')))))]"
        for number in range(20)}
    costly = template(nested("[concat('costly-', copyIndex())]", template(variables=variables,
        outputs={"o": {"type": "int", "value": "[length(variables('v0'))]"}}), copy={"name": "many", "count": 100}))
    thread = threading.Thread(target=management.call, args=("POST", deployments.path("costly") + "/validate", body(costly)))
    started = time.monotonic()
    thread.start()
    while thread.is_alive():
        assert management.call("GET", scope).status_code == 200
    assert time.monotonic() - started < 60
    deployments.send("costly", costly)
    wait_until(lambda: deployments.state("costly") == "Failed", "the deployment has failed", limit=60)
    assert "evaluation steps" in json.dumps(deployments.get("costly"))


def test_levels_of_deployments_are_limited(deployments):
    answer = deployments.send("deep", deep(9))
    assert answer.status_code == 400 and "8 levels" in answer.text and deployments.state("deep") is None
    deployments.done("deep", deep(8))


def test_a_nested_deployment_to_nowhere_is_refused_before_anything_is_made(management, deployments, unique):
    relay = unique("nowhere-relay")
    for where, code in (({"resourceGroup": unique("no-group")}, "ResourceGroupNotFound"),
            ({"subscriptionId": str(uuid.uuid4()), "resourceGroup": "any"}, "SubscriptionNotFound")):
        answer = deployments.send("nowhere", template(namespace(relay), nested("in", template(), **where)))
        assert answer.status_code >= 400 and code in answer.text, answer.text
        assert deployments.state("nowhere") is None
    assert status_of(management, f"{deployments.scope}/providers/Microsoft.Relay/namespaces/{relay}") == 404


# MARK: complete mode


def app(name, plan, **members):
    return resource("Microsoft.Web/sites", name, WEB, location="westus", properties={
        "serverFarmId": f"[resourceId('Microsoft.Web/serverfarms', '{plan}')]"}, **members)


def plan(name):
    return resource("Microsoft.Web/serverfarms", name, WEB, location="westus", sku={"name": "S1"})


def needs_plan(name):
    return {"dependsOn": [f"[resourceId('Microsoft.Web/serverfarms', '{name}')]"]}


def test_complete_mode_deletes_apps_before_plans_and_keeps_what_nested_deployments_have(management, deployments, scope, unique):
    site, farm, relay, other = unique("site"), unique("plan"), unique("kept-relay"), unique("gone-relay")
    slot = resource("Microsoft.Web/sites/slots", f"{site}/stage", WEB, location="westus", properties={
        "serverFarmId": f"[resourceId('Microsoft.Web/serverfarms', '{farm}')]"}, dependsOn=[
        f"[resourceId('Microsoft.Web/sites', '{site}')]"])
    deployments.done("all", template(plan(farm), app(site, farm, **needs_plan(farm)), slot, namespace(relay),
        namespace(other)))
    # What a condition leaves out is not in the template.
    deployments.done("less", template(nested("in", template(namespace(relay))), namespace(other, condition=False)),
        mode="Complete")
    left = {one["name"] for one in management.get(f"{scope}/resources")["value"]}
    assert left == {relay}
    deleted = [one["targetResource"]["resourceName"].rsplit("/")[-1] for one in deployments.operations("less")
        if one["provisioningOperation"] == "Delete"]
    assert set(deleted) == {"stage", site, farm, other} and deleted.index(site) < deleted.index(farm)


def test_complete_mode_does_not_delete_the_plan_of_a_kept_app(management, deployments, scope, unique):
    site, farm = unique("site"), unique("plan")
    deployments.done("all", template(plan(farm), app(site, farm, **needs_plan(farm))))
    error = deployments.failed("less", template(app(site, farm)), mode="Complete")
    assert error["details"][0]["code"] == "Conflict", error
    assert {one["name"] for one in management.get(f"{scope}/resources")["value"]} == {site, farm}


def test_complete_mode_deletes_only_what_its_caller_may_delete(management, deployments, deployer, scope, unique):
    relay = unique("theirs-relay")
    deployments.done("make", template(namespace(relay)))
    error = Deployments(management, scope, deployer.call).failed("clean", template(), mode="Complete")
    assert "AuthorizationFailed" in json.dumps(error)
    assert status_of(management, f"{scope}/providers/Microsoft.Relay/namespaces/{relay}") == 200


def test_what_if_tells_the_truth_and_does_nothing(management, deployments, deployer, scope, unique, data_directory):
    relay, other, new = unique("if-relay"), unique("if-other"), unique("if-new")
    deployments.done("make", template(namespace(relay, tags={"a": "1"}), namespace(other)))
    before = picture(data_directory)
    content = template(namespace(relay, tags={"a": "2"}), namespace(new))
    for mode, rest in (("Incremental", "Ignore"), ("Complete", "Delete")):
        answer = management.ask("POST", deployments.path("if") + "/whatIf", body(content, mode))
        kinds = {one["resourceId"].rsplit("/")[-1]: one["changeType"] for one in answer["properties"]["changes"]}
        assert kinds == {relay: "Modify", new: "Create", other: rest}
    assert difference(before, picture(data_directory)) == []
    # Who may not read a resource learns nothing of it.
    answer = deployer.call("POST", deployments.path("if") + "/whatIf", body(template()))
    assert answer.status_code == 200 and answer.json()["properties"]["changes"] == [], answer.text


# MARK: everything that can stand in a template


def test_a_subscription_deployment_makes_a_group_and_deploys_into_it(management, unique):
    group, relay, role = unique("made"), unique("made-relay"), str(uuid.uuid4())
    inside = template(
        namespace("[parameters('relay')]"), resource(LOCKS, "keep", "2020-05-01", properties={"level": "CanNotDelete"}),
        resource("Microsoft.Resources/tags", "default", "2021-04-01", properties={"tags": {"from": "template"}}),
        resource("Microsoft.Authorization/roleAssignments", "[guid(resourceGroup().id)]", "2022-04-01", properties={
            "principalId": "[parameters('who')]", "roleDefinitionId":
                f"[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '{READER}')]"}),
        parameters={"relay": {"type": "string"}, "who": {"type": "string"}},
        outputs={"where": {"type": "string", "value": "[resourceGroup().location]"}})
    principal = Principal(management, unique("assigned"))
    at = Deployments(management, management.subscription)
    content = template(
        resource("Microsoft.Resources/resourceGroups", group, "2021-04-01", location="westus", tags={"a": "b"}),
        nested("inside", inside, resourceGroup=group, parameters={"relay": {"value": relay}, "who": {"value":
            principal.object_id}}, dependsOn=[f"[subscriptionResourceId('Microsoft.Resources/resourceGroups', '{group}')]"]),
        resource("Microsoft.Authorization/roleDefinitions", role, "2022-04-01", properties={
            "roleName": unique("made-role"), "type": "CustomRole", "assignableScopes": ["[subscription().id]"],
            "permissions": [{"actions": ["*/read"], "notActions": []}]}),
        schema=SUBSCRIPTION_SCHEMA, outputs={"where": {"type": "string",
            "value": f"[reference(extensionResourceId('{management.group(group)}', 'Microsoft.Resources/deployments', "
                "'inside')).outputs.where.value]"}})
    name = unique("sub")
    properties = at.done(name, content, location="westus")
    assert properties["outputs"]["where"]["value"] == "westus"
    assert principal.call("GET", management.namespace(group, relay)).status_code == 200
    assert management.get(management.group(group))["tags"] == {"from": "template"}
    assert management.call("DELETE", management.group(group)).status_code == 409, "the lock does not hold"
    at.done(name, content, location="westus")
    for path in (f"{management.group(group)}/providers/{LOCKS}/keep", management.group(group),
            f"{management.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}", at.path(name)):
        management.delete(path)


def without_times(value):
    """A document without what is another each time that a resource is made."""
    changing = {"etag", "createdAt", "updatedAt", "createdOn", "lastModifiedTimeUtc", "systemData", "metricId", "defaultHostName",
        "customDomainVerificationId", "sendKeyValue"}
    if isinstance(value, dict):
        return {name: one.lower() if name == "relayArmUri" else without_times(one) for name, one in value.items()
            if name not in changing}
    return [without_times(one) for one in value] if isinstance(value, list) else value


def everything(management, scope):
    """Every resource of a group and what stands below it."""
    found = {}
    for one in management.get(f"{scope}/resources")["value"]:
        tails = {"Microsoft.Relay/namespaces": ("/authorizationRules", "/hybridConnections", "/wcfRelays",
            "/networkRuleSets/default"), "Microsoft.Web/sites": ("/hybridConnectionRelays",),
            "Microsoft.Web/sites/slots": ("/hybridConnectionRelays",)}.get(one["type"], ())
        for path in [one["id"], *[one["id"] + tail for tail in tails]]:
            found[path] = management.get(path)
            for child in found[path].get("value", []) if isinstance(found[path], dict) else []:
                if child["type"].split("/")[-1] in ("HybridConnections", "hybridConnections", "WcfRelays", "wcfRelays"):
                    found[child["id"] + "/rules"] = management.get(child["id"] + "/authorizationRules")
    return without_times(found)


def build_shop(management, scope, unique):
    relay, site, farm = unique("shop-relay"), unique("shop"), unique("shop-plan")
    web, spot = f"{scope}/providers/Microsoft.Web", f"{scope}/providers/Microsoft.Relay/namespaces/{relay}"
    put = management.put
    put(spot, {"location": "westus", "tags": {"a": "[b"}})
    put(spot + "/hybridConnections/orders", {"properties": {"userMetadata": '[{"key":"endpoint","value":"sql:1433"}]',
        "requiresClientAuthorization": True}})
    put(spot + "/hybridConnections/open", {"properties": {"requiresClientAuthorization": False}})
    put(spot + "/hybridConnections/orders/authorizationRules/defaultSender", {"properties": {"rights": ["Send"]}})
    put(spot + "/wcfRelays/billing", {"properties": {"relayType": "NetTcp", "userMetadata": "kept"}})
    put(spot + "/wcfRelays/billing/authorizationRules/both", {"properties": {"rights": ["Send", "Listen"]}})
    put(spot + "/authorizationRules/everything", {"properties": {"rights": ["Manage", "Send", "Listen"]}})
    put(spot + "/networkRuleSets/default", {"properties": {"defaultAction": "Deny", "publicNetworkAccess": "Enabled",
        "ipRules": [{"ipMask": "203.0.113.0/24", "action": "Allow"}]}})
    put(f"{web}/serverfarms/{farm}", {"location": "westus", "sku": {"name": "S1"}, "tags": {"p": "q"}})
    put(f"{web}/sites/{site}", {"location": "westus", "properties": {"serverFarmId": f"{web}/serverfarms/{farm}"}})
    put(f"{web}/sites/{site}/slots/stage", {"location": "westus", "properties": {"serverFarmId": f"{web}/serverfarms/{farm}"}})
    for place in (f"{web}/sites/{site}", f"{web}/sites/{site}/slots/stage"):
        put(f"{place}/hybridConnectionNamespaces/{relay}/relays/orders", {"properties": {
            "relayArmUri": spot + "/hybridConnections/orders", "hostname": "sql01.corp.example", "port": 1433,
            "sendKeyName": "defaultSender"}})


def test_what_was_exported_and_deleted_is_deployed_again(management, deployments, scope, unique):
    build_shop(management, scope, unique)
    before = everything(management, scope)
    assert sum("hybridConnectionRelays" in path for path in before) == 2
    exported = management.ask("POST", scope + "/exportTemplate", {"resources": ["*"], "options":
        "SkipResourceNameParameterization"}, expect=(200,))["template"]
    deployments.done("clean", template(), mode="Complete")
    assert management.get(f"{scope}/resources")["value"] == []
    deployments.done("again", exported)
    after = everything(management, scope)
    assert after.keys() == before.keys()
    for path, found in before.items():
        assert after[path] == found, path
    # With names as parameters, too.
    exported = management.ask("POST", scope + "/exportTemplate", {"resources": ["*"], "options":
        "IncludeParameterDefaultValue"}, expect=(200,))["template"]
    deployments.done("once-more", exported)
    assert everything(management, scope) == before


def test_settings_of_an_app_come_from_a_template(management, deployments, scope, unique):
    site, farm, relay = unique("site"), unique("plan"), unique("key-relay")
    rule = f"resourceId('Microsoft.Relay/namespaces/authorizationRules', '{relay}', 'RootManageSharedAccessKey')"
    deployments.done("app", template(
        plan(farm), app(site, farm, **needs_plan(farm)), namespace(relay),
        resource("Microsoft.Web/sites/config", f"{site}/appsettings", WEB, dependsOn=[
            f"[resourceId('Microsoft.Web/sites', '{site}')]", f"[resourceId('Microsoft.Relay/namespaces', '{relay}')]"],
            properties={"RELAY": f"[listKeys({rule}, '{RELAY}').primaryConnectionString]", "A": "b"})))
    place = f"{scope}/providers/Microsoft.Web/sites/{site}"
    settings = management.ask("POST", place + "/config/appsettings/list")["properties"]
    key = management.keys(f"{scope}/providers/Microsoft.Relay/namespaces/{relay}/authorizationRules/RootManageSharedAccessKey")
    assert settings == {"RELAY": key["primaryConnectionString"], "A": "b"}
    for tail in ("", "/operations"):
        assert key["primaryKey"] not in management.call("GET", deployments.path("app") + tail).text


def test_a_nested_deployment_sees_its_own_names_or_those_around_it(deployments):
    inside = template(variables={"where": "inside"}, outputs={"seen": {"type": "string", "value": "[variables('where')]"}})
    names = {"value": "[reference('in').outputs.seen.value]", "type": "string"}
    for inner, seen in ((True, "inside"), (False, "outside")):
        properties = deployments.done("outer", template(nested("in", inside, inner=inner), variables={"where": "outside"},
            outputs={"seen": names}))
        assert properties["outputs"]["seen"]["value"] == seen


# MARK: at the same time, and in between


def slow(relay, count=790):
    """One after the other: time enough to do something meanwhile."""
    return template(namespace(relay), {**connections(relay, count, mode="serial", batchSize=1), "dependsOn": [
        f"[resourceId('Microsoft.Relay/namespaces', '{relay}')]"]})


def under_way(deployments, name):
    """Waits until some of it is done."""
    wait_until(lambda: deployments.state(name) == "Running" and len(deployments.operations(name)) > 3, "it is under way")


def test_one_name_runs_once_and_cancel_ends_it(management, deployments, scope, unique):
    relay = unique("slow-relay")
    thread = deployments.begin("slow", slow(relay))
    under_way(deployments, "slow")
    answer = deployments.send("SLOW", template())
    assert answer.status_code == 409 and error_of(answer)[0] == "DeploymentActive"
    answer = management.call("DELETE", deployments.path("slow"))
    assert answer.status_code == 409
    assert management.call("POST", deployments.path("Slow") + "/cancel").status_code == 204
    thread.join(30)
    properties = thread.answers[0].json()["properties"]
    assert properties["provisioningState"] == "Canceled" and properties["error"]["code"] == "DeploymentCanceled"
    made = len(management.get(f"{scope}/providers/Microsoft.Relay/namespaces/{relay}/hybridConnections?api-version={RELAY}"
        "&$top=1000")["value"])
    assert made < 790 and made + 1 == len(deployments.operations("slow"))
    answer = management.call("POST", deployments.path("slow") + "/cancel")
    assert answer.status_code == 409
    deployments.done("slow", template())


def test_a_deployment_goes_on_when_its_client_is_gone(management, settings, deployments, scope, unique):
    relay = unique("left-relay")
    sent = json.dumps(body(slow(relay, 100))).encode()
    with RawConnection(settings) as connection:
        connection.send((f"PUT {deployments.path('left')}?api-version=2025-04-01 HTTP/1.1\r\nHost: {connection.host}\r\n"
            f"Authorization: Bearer {management.token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(sent)}\r\n\r\n").encode() + sent)
        under_way(deployments, "left")
    wait_until(lambda: deployments.state("left") == "Succeeded", "it ends without its client", limit=60)
    assert len(deployments.operations("left")) >= 101


def test_a_deployment_whose_group_is_deleted_meanwhile_ends(management, healthy, unique):
    scope = management.group(unique("vanishing"))
    management.put(scope, {"location": "westus"})
    deployments = Deployments(management, scope)
    thread = deployments.begin("slow", slow(unique("slow-relay")))
    under_way(deployments, "slow")
    management.delete(scope)
    thread.join(30)
    assert thread.answers[0].status_code in (200, 201, 404), thread.answers[0].text
    assert status_of(management, scope) == 404
    healthy()


def test_a_killed_server_says_at_its_next_start_that_the_deployment_failed(own_server, unique):
    server = own_server().start()
    management = Management(server.settings())
    scope = management.group("killed")
    management.put(scope, {"location": "westus"})
    deployments = Deployments(management, scope)
    relay = unique("killed-relay")
    deployments.begin("outer", template(nested("inner", slow(relay))))
    under_way(deployments, "inner")
    server.kill()
    server.start()
    management = Management(server.settings())
    deployments = Deployments(management, scope)
    for name in ("outer", "inner"):
        properties = deployments.get(name)
        assert properties["provisioningState"] == "Failed" and "stopped" in properties["error"]["message"]
    assert len(deployments.operations("inner")) > 3
    deployments.done("inner", template())
    assert management.call("DELETE", deployments.path("outer")).status_code in (200, 202, 204)


def test_a_stopped_server_ends_a_deployment_and_says_how(own_server, unique):
    server = own_server("--drain-timeout=1").start()
    management = Management(server.settings())
    scope = management.group("stopped")
    management.put(scope, {"location": "westus"})
    deployments = Deployments(management, scope)
    thread = deployments.begin("short", template(namespace(unique("stopped-relay"))))
    thread.join(30)
    relay = unique("stopped-relay")
    # One after the other, and longer than the drain.
    rounds = {"name": "rounds", "count": 30, "mode": "serial"}
    deployments.begin("slow", template(
        namespace(relay), nested("[concat('within', copyIndex())]", slow(unique("within-relay")), copy=rounds)))
    under_way(deployments, "within0")
    assert server.stop(limit=30) == 0
    assert "could not be recorded" not in server.log(), server.log()
    database = sqlite3.connect(f"file:{server.data / 'causeway.db'}?mode=ro", uri=True)
    states = dict(database.execute("select name, state from deployment"))
    database.close()
    server.start()
    management = Management(server.settings())
    deployments = Deployments(management, scope)
    assert deployments.state("short") == "Succeeded"
    assert states["slow"] == "Failed", "the last words of the server before it ended"
    for name in set(states) - {"short"}:
        properties = deployments.get(name)
        if properties["provisioningState"] != "Succeeded":
            assert properties["provisioningState"] == "Failed", states
            assert "stopped" in properties["error"]["message"], properties["error"]


def test_the_history_has_800_deployments_and_the_oldest_go_first(own_server):
    server = own_server().start()
    management = Management(server.settings())
    scope = management.group("history")
    management.put(scope, {"location": "westus"})
    deployments = Deployments(management, scope)
    deployments.done("first", template())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: deployments.done(f"d{number}", template()), range(799)))
    assert deployments.state("first") == "Succeeded"
    deployments.done("last", template())
    assert deployments.state("first") is None and deployments.state("last") == "Succeeded"
    database = sqlite3.connect(f"file:{server.data / 'causeway.db'}?mode=ro", uri=True)
    count = database.execute("select count(*) from deployment").fetchone()[0]
    database.close()
    assert count == 800


def test_800_hybrid_connections_come_from_one_loop(management, deployments, scope, unique):
    relay = unique("many-relay")
    started = time.monotonic()
    thread = deployments.begin("many", template(namespace(relay), {**connections(relay, 799), "dependsOn": [
        f"[resourceId('Microsoft.Relay/namespaces', '{relay}')]"]}))
    thread.join(60)
    wait_until(lambda: deployments.state("many") != "Running", "it ends", limit=120)
    print(f"800 resources: {time.monotonic() - started:.2f} s")
    assert deployments.state("many") == "Succeeded" and len(deployments.get("many")["outputResources"]) == 800
    assert len(deployments.operations("many")) >= 800
