"""The activity log and metrics of a namespace with the published Python client."""

import datetime

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from clients.sdk import rule
from clients.waiting import wait_until
from contract.listener import Relay, shared_access_token

COUNTED = ["ActiveConnections", "ActiveListeners", "ListenerConnections-Success", "ListenerConnections-ClientError",
    "ListenerConnections-ServerError", "ListenerConnections-TotalRequests", "ListenerDisconnects",
    "SenderConnections-Success", "SenderConnections-ClientError", "SenderConnections-ServerError",
    "SenderConnections-TotalRequests", "SenderDisconnects"]
NAMES = [*COUNTED, "BytesTransferred"]


def ago(**much):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(**much)).strftime("%Y-%m-%dT%H:%M:%SZ")


def since(**much):
    return f"{ago(**much)}/{ago(minutes=-2)}"


# MARK: activity log


def test_the_activity_log_tells_who_did_what(azure, group, unique):
    name = unique("logged-relay")
    azure.relay.namespaces.begin_create_or_update(group, name, {"location": "westus"}).result()
    filter = f"eventTimestamp ge '{ago(hours=1)}' and resourceGroupName eq '{group}'"

    def find():
        return [event for event in azure.monitor.activity_logs.list(filter=filter)
            if event.resource_id.lower().endswith("/namespaces/" + name)
            and event.operation_name.value == "Microsoft.Relay/namespaces/write"]

    event = wait_until(find, "the write is in the log")[0]
    assert event.status.value == "Succeeded" and event.caller and event.correlation_id
    assert event.level == "Informational"
    assert event.resource_group_name == group and event.resource_provider_name.value == "Microsoft.Relay"
    assert event.event_timestamp.tzinfo is not None and event.http_request.method == "PUT"
    few = list(azure.monitor.activity_logs.list(filter=filter, select="operationName,resourceId"))
    assert few and few[0].operation_name.value and few[0].caller is None


def test_the_activity_log_needs_a_filter(azure):
    with pytest.raises(HttpResponseError) as caught:
        list(azure.monitor.activity_logs.list(filter="nonsense eq 1"))
    assert caught.value.status_code == 400


def test_event_categories_are_listed(azure):
    assert "Administrative" in {category.value for category in azure.monitor.event_categories.list()}


# MARK: metrics


class Busy:
    """A namespace with two hybrid connections, one of which has a listener."""

    def __init__(self, azure, settings, group, unique):
        self.azure, self.relay, self.name = azure, Relay(settings), unique("metered-relay")
        relay = azure.relay
        self.id = relay.namespaces.begin_create_or_update(group, self.name, {"location": "westus"}).result().id
        for entity in ("orders", "quiet"):
            relay.hybrid_connections.create_or_update(group, self.name, entity, {})
        relay.hybrid_connections.create_or_update_authorization_rule(group, self.name, "orders", "both",
            rule("Listen", "Send"))
        self.key = relay.hybrid_connections.list_keys(group, self.name, "orders", "both").primary_key
        self.listener, status = self.listen(self.key)
        assert status == 101
        refused, status = self.listen("AAAA")
        assert refused is None and status == 401

    def listen(self, key):
        token = shared_access_token(f"http://{self.relay.host(self.name)}/orders", "both", key)
        return self.relay.listen(self.name, "orders", token)

    def metric(self, name, aggregation="Total", **more):
        answer = self.azure.monitor.metrics.list(self.id, metricnames=name, aggregation=aggregation,
            timespan=since(hours=1),
            interval="PT1M", **more)
        assert [metric.name.value for metric in answer.value] == [name]
        return answer.value[0]

    def values(self, name, aggregation="Total", **more):
        return [value for series in self.metric(name, aggregation, **more).timeseries
            for point in series.data if (value := getattr(point, aggregation.lower())) is not None]


@pytest.fixture(scope="module")
def busy(azure, settings, group, unique):
    busy = Busy(azure, settings, group, unique)
    yield busy
    busy.listener.close()


def test_the_metrics_of_a_namespace_are_defined(azure, busy):
    found = {definition.name.value: definition for definition in azure.monitor.metric_definitions.list(busy.id)}
    assert set(NAMES) <= set(found)
    assert found["BytesTransferred"].unit == "Bytes" and {found[name].unit for name in COUNTED} == {"Count"}
    for definition in found.values():
        assert definition.primary_aggregation_type == "Total" and definition.namespace == "Microsoft.Relay/namespaces"
        assert "EntityName" in {dimension.value for dimension in definition.dimensions}
        assert datetime.timedelta(minutes=1) in {grain.time_grain for grain in definition.metric_availabilities}


def test_metric_namespaces_are_listed(azure, busy):
    assert "Microsoft.Relay/namespaces" in {
        space.properties.metric_namespace_name for space in azure.monitor.metric_namespaces.list(busy.id)}


def test_a_listener_counts(busy):
    wait_until(lambda: busy.values("ActiveListeners")[-1:] == [1], "one listener", limit=90, interval=1)
    wait_until(lambda: sum(busy.values("ListenerConnections-Success")) == 1, "one success", limit=90, interval=1)
    wait_until(lambda: sum(busy.values("ListenerConnections-ClientError")) == 1, "one refusal", limit=90, interval=1)
    assert sum(busy.values("ListenerConnections-TotalRequests")) == 2
    assert sum(busy.values("ListenerConnections-ServerError")) == 0


@pytest.mark.parametrize("name", NAMES)
def test_every_metric_has_a_value_for_every_minute(busy, name):
    metric = busy.metric(name)
    assert metric.type == "Microsoft.Insights/metrics"
    assert metric.id.endswith("/providers/Microsoft.Insights/metrics/" + name)
    assert metric.unit == ("Bytes" if name == "BytesTransferred" else "Count") and metric.error_code == "Success"
    (series,) = metric.timeseries
    stamps = [point.time_stamp for point in series.data]
    assert len(stamps) >= 60 and {later - earlier for earlier, later in zip(stamps, stamps[1:])} == {
        datetime.timedelta(minutes=1)}
    assert all(stamp.second == 0 for stamp in stamps)


def test_several_metrics_in_one_call(azure, busy):
    answer = azure.monitor.metrics.list(busy.id, metricnames="ActiveListeners,BytesTransferred",
        timespan=since(minutes=30),
        interval="PT5M", aggregation="Total,Average,Maximum,Minimum,Count",
        metricnamespace="Microsoft.Relay/namespaces")
    assert [metric.name.value for metric in answer.value] == ["ActiveListeners", "BytesTransferred"]
    assert answer.interval == "PT5M" and answer.namespace == "Microsoft.Relay/namespaces"
    assert "/" in answer.timespan and answer.resourceregion == "westus"


def test_a_metric_by_entity(busy):
    wait_until(lambda: sum(busy.values("ListenerConnections-Success")) == 1, "one success", limit=90, interval=1)
    by_name = busy.metric("ListenerConnections-Success", filter="EntityName eq '*'")
    found = {series.metadatavalues[0].value: sum(point.total or 0 for point in series.data)
        for series in by_name.timeseries}
    assert by_name.timeseries[0].metadatavalues[0].name.value.lower() == "entityname"
    assert found["orders"] == 1 and not found.get("quiet")
    assert sum(busy.values("ListenerConnections-Success", filter="EntityName eq 'quiet'")) == 0


def test_a_metric_of_one_interval(azure, busy):
    answer = azure.monitor.metrics.list(busy.id, metricnames="ListenerConnections-TotalRequests",
        timespan=since(hours=2),
        interval="PT1H", aggregation="Total")
    assert 2 <= len(answer.value[0].timeseries[0].data) <= 3


def test_a_wrong_question_is_refused(azure, busy):
    for wrong in ({"metricnames": "Nothing"}, {"metricnames": "ActiveListeners", "interval": "PT7M"},
            {"metricnames": "ActiveListeners", "timespan": "yesterday"},
            {"metricnames": "ActiveListeners", "aggregation": "Median"},
            {"metricnames": "ActiveListeners", "filter": "Nonsense eq 'x'"}):
        with pytest.raises(HttpResponseError) as caught:
            azure.monitor.metrics.list(busy.id, **wrong)
        assert caught.value.status_code == 400, wrong
    with pytest.raises(ResourceNotFoundError):
        azure.monitor.metrics.list(busy.id + "x", metricnames="ActiveListeners")
