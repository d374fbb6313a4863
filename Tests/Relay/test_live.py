"""What the management API shows of the data plane: counts, events, usage (decisions C6 and C7, A10)."""

import asyncio
import datetime
import json
import os
import time

import httpx
import pytest

from clients.principals import READER, Principal
from relay_peer import frames
from relay_peer.estate import refusal
from relay_peer.waiting import eventually, within

OPERATION = "Microsoft.Relay/HybridConnections/"


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Events:
    """The events of an entity or a namespace since a moment."""

    def __init__(self, management, path, since=None):
        self.management, self.path, self.since = management, path, since or now()

    def read(self):
        url = f"{self.path}/providers/Causeway.Relay/events?api-version=2026-01-01&$filter=eventTimestamp ge '{self.since}'"
        events = []
        while url:
            page = self.management.get(url.removeprefix(self.management.settings.endpoint))
            events += page["value"]
            url = page.get("nextLink")
        return events

    def names(self):
        return {event["operationName"].removeprefix(OPERATION) for event in self.read()}

    def with_id(self, tracking_id):
        return [event for event in self.read() if event["activityId"] == tracking_id]

    async def of(self, tracking_id, status, limit=2):
        """The events with that tracking ID, as soon as one of them has the status."""
        def found():
            events = self.with_id(tracking_id)
            return events if any(event.get("status") == status for event in events) else None

        return await eventually(found, f"an event with {tracking_id} and {status}", limit=limit)


def events(entity):
    return Events(entity.namespace.relay.management, entity.path)


def tracking_id(text):
    return text.split("TrackingId:")[1].split(",")[0].split(" ")[0]


def usage(entity):
    page = entity.namespace.relay.management.get(entity.path + "/providers/Causeway.Relay/usage")
    (one,) = [each for each in page["value"] if each["id"].lower() == entity.path.lower()]
    return one


# MARK: counts


@pytest.mark.parametrize("end", ["close", "drop", "abort"])
async def test_the_listener_count_is_true_within_a_second(entity, end):
    listeners = []
    for number in range(1, 6):
        listeners.append(await entity.listener().open())
        await eventually(lambda number=number: entity.count() == number, "the new listener counts", limit=1)
    while listeners:
        leaving = listeners.pop()
        if end == "close":
            await leaving.channel.close()
        else:
            getattr(leaving.channel, end)()
        await eventually(lambda: entity.count() == len(listeners), "the listener that left does not count", limit=1)


async def test_the_count_is_the_same_wherever_it_is_shown(server):
    management = server.management
    entity = await (await asyncio.to_thread(server.namespace().entity, "orders")).ready()
    async with entity.listener(), entity.listener():
        listed = management.get(entity.namespace.path + "/hybridConnections")["value"]
        (one,) = [each for each in listed if each["name"] == entity.name]
        assert one["properties"]["listenerCount"] == entity.count() == usage(entity)["listenerCount"] == 2


async def test_who_is_connected_is_shown(entity):
    management = entity.namespace.relay.management
    path = entity.path + "/providers/Causeway.Relay/connections"
    async with entity.listener() as listener:
        pair = await listener.join(raw=True)

        def shown():
            found = management.get(path)["value"]
            return sorted(each["kind"] for each in found) == ["Connection", "Listener"] and found

        found = {each["kind"]: each for each in await eventually(shown, "listener and connection are shown", limit=2)}
        assert found["Connection"]["remoteEndpoint"].endswith(f":{pair.sender.own_address[1]}")
        assert found["Listener"]["identity"] == "listen" and found["Connection"]["identity"] == "send"
        await pair.close()
        await eventually(lambda: len(management.get(path)["value"]) == 1, "the connection is gone", limit=2)


async def test_a_connection_ends_with_its_second_close_whatever_its_ends_do_then(entity):
    """Both ends keep their sockets open; nothing is left that could use them."""
    path = entity.path + "/providers/Causeway.Relay/connections"
    seen = events(entity)
    async with entity.listener() as listener:
        pair = await listener.join(raw=True)
        await pair.sender.send_close(1000)
        await within(pair.listener.end())
        await pair.listener.send_close(1000)
        await within(pair.sender.end())
        await eventually(lambda: len(entity.namespace.relay.management.get(path)["value"]) == 1, "the connection is gone",
            limit=1)
        await eventually(lambda: "SenderConnectionClosed" in seen.names(), "its end is an event", limit=1)
        await pair.close()


async def test_a_deleted_entity_that_is_made_again_starts_from_nothing(make_entity):
    entity = await make_entity()
    listener = await entity.listener().open()
    assert entity.count() == 1
    await asyncio.to_thread(entity.delete)
    await listener.end(2)
    again = await make_entity(entity.name)
    assert again.count() == 0
    async with again.listener() as listener:
        await (await listener.join()).close()


# MARK: events


async def test_every_refusal_is_an_event_with_the_tracking_id_of_its_text(entity, make_entity):
    other = await make_entity()
    seen = Events(entity.namespace.relay.management, entity.namespace.path)
    refusals = {
        "no token": await entity.refusal(token=None, raw=True),
        "bad signature": await entity.refusal(token=entity.token(sig="AAAA"), raw=True),
        "expired": await entity.refusal(token=entity.token(seconds=-1), raw=True),
        "other audience": await entity.refusal(token=other.token(), raw=True),
        "no right": await entity.refusal(token="listen", raw=True), "no listener": await entity.refusal(raw=True),
        "no right to listen": await refusal(entity.listener(token="send").open()),
        "no entity": await entity.named("nobody-made-this").refusal(token=entity.root_token(), raw=True),
    }
    async with entity.listener() as listener:
        pair = await listener.join()
        refusals["used address"] = await refusal(listener.open_rendezvous(pair.accept["address"], raw=True))
        await pair.close()
        refusals["unknown action"] = await entity.refusal(action="frobnicate", raw=True)
        refusals["long headers"] = await entity.refusal(raw=True, headers=[(f"X-{number}", "x" * 8_000) for number in range(5)])
    async with await entity.http() as sender:
        for name, token in (("request without token", None), ("request without right", "listen"),
                ("request without listener", "send")):
            refusals[name] = await sender.ask(token=token)
    for name, refused in refusals.items():
        found = await seen.of(tracking_id(refused.reason), refused.status)
        assert all(event["operationName"].startswith(OPERATION)
            and event["category"] == "HybridConnectionsEvent" for event in found)
        assert all(event["message"] and event["remoteEndpoint"].startswith("127.0.0.1:") for event in found), found
    assert len({tracking_id(refused.reason) for refused in refusals.values()}) == len(refusals)


async def test_a_quota_a_filter_and_a_timeout_are_events(impatient):
    seen = events(impatient)
    async with impatient.listener() as listener:
        filtered = await impatient.refusal(raw=True,
            headers=[("Microsoft-Relay-AllowedListeners", "0f8fad5b-d9cb-469f-a165-70867728950e")])
        late = asyncio.ensure_future(impatient.refusal(raw=True))
        await listener.next_accept()
        late = await within(late)
        async with await impatient.http() as sender:
            unanswered = asyncio.ensure_future(sender.ask())
            await listener.next_request()
            unanswered = await within(unanswered)
        others = [await impatient.listener().open() for _ in range(24)]
        full = await refusal(impatient.listener().open())
        await asyncio.gather(*(other.channel.close() for other in others))
    for refused in (filtered, late, unanswered, full):
        await seen.of(tracking_id(refused.reason), refused.status)


async def test_a_rejection_is_an_event(entity):
    seen, guid = events(entity), "0f8fad5b-d9cb-469f-a165-70867728950e"
    async with entity.listener() as listener:
        connecting = asyncio.ensure_future(entity.refusal(raw=True, id=guid))
        await listener.reject(await listener.next_accept(), 418, "short and stout")
        await within(connecting)

    def rejected():
        return [event for event in seen.read() if event["operationName"] == OPERATION + "ListenerRejectedConnection"]

    (event,) = await eventually(rejected, "the rejection is an event", limit=2)
    assert event["activityId"].lower().startswith(guid) and event["status"] == 418


async def test_the_life_of_a_listener_and_of_a_connection_are_events(entity):
    seen = events(entity)
    async with entity.listener() as listener:
        pair = await listener.join(raw=True)
        await pair.sender.send(b"x" * 1_000)
        await within(pair.listener.receive())
        await pair.listener.send(b"y" * 30)
        await within(pair.sender.receive())
        await pair.sender.send_close(1000)
        await within(pair.listener.end())
        await pair.listener.send_close(1000)
        await within(pair.sender.end())
    wanted = {"NewListenerRegistered", "SenderListenerConnectionEstablished", "SenderConnectionClosed", "ListenerUnregistered"}

    def all_there():
        names = {event["operationName"].removeprefix(OPERATION) for event in seen.read()}
        return wanted <= names and seen.read()

    found = await eventually(all_there, f"{wanted} are events", limit=3)
    (closed,) = [event for event in found if event["operationName"] == OPERATION + "SenderConnectionClosed"]
    (begun,) = [event for event in found if event["operationName"] == OPERATION + "SenderListenerConnectionEstablished"]
    assert (closed["bytesToListener"], closed["bytesToSender"]) == (1_000, 30)
    assert closed["activityId"] == begun["activityId"] and closed["identity"] == "send"
    assert closed["startedAt"] <= closed["eventTimestamp"] and closed["durationMilliseconds"] >= 0


@pytest.mark.parametrize("how", ["expiry", "renewal", "key"])
async def test_the_end_of_a_control_channel_is_an_event_with_the_id_of_its_close(make_impatient_entity, how):
    entity = await make_impatient_entity()
    seen = events(entity)
    async with entity.listener(token=entity.token("listen", seconds=1 if how == "expiry" else 3600)) as listener:
        if how == "renewal":
            await listener.renew("x")
        if how == "key":
            entity.namespace.relay.management.ask("POST", entity.rules["listen"].path + "/regenerateKeys",
                {"keyType": "PrimaryKey"})
        end = await listener.end()
        assert end.code == 1008
    await seen.of(tracking_id(end.reason), 1008)


async def test_what_senders_say_cannot_forge_events(entity):
    """Line breaks and markup of a hostile path stay text."""
    seen = events(entity)
    error = await entity.refusal(raw=True, suffix="/%0a%0dFAKE%20event%3Cscript%3E", query=[("x", "%0d%0a")])
    for event in await seen.of(tracking_id(error.reason), 404):
        assert not [character for value in event.values() if isinstance(value,
            str) for character in value if ord(character) < 0x20]


async def test_events_stream_and_go_on_where_they_stopped(entity):
    """`text/event-stream`: new events come by themselves, and with `Last-Event-ID` nothing is missed or told twice."""
    management = entity.namespace.relay.management
    url = f"{management.settings.endpoint}{entity.path}/providers/Causeway.Relay/events?api-version=2026-01-01"
    headers = {"Authorization": "Bearer " + management.token, "Accept": "text/event-stream"}

    async def read(provoke, **more):
        """Makes some refusals, and reads until the last of them is told."""
        found = []
        async with httpx.AsyncClient(verify=entity.namespace.relay.tls.tls, trust_env=False, timeout=5) as client:
            async with client.stream("GET", url, headers={**headers, **more}) as answer:
                assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/event-stream")
                wanted = [tracking_id((await entity.refusal(raw=True)).reason) for _ in range(provoke)]
                id = None
                async for line in answer.aiter_lines():
                    name, _, value = line.partition(": ")
                    if name == "id":
                        id = value
                    elif name == "data":
                        found.append((id, json.loads(value)))
                        if found[-1][1]["activityId"] == wanted[-1] and found[-1][1].get("status") == 404:
                            return wanted, found

    wanted, found = await within(read(2), 10)
    assert [event["activityId"] for _, event in found if event.get("status") == 404][-2:] == wanted
    missed = tracking_id((await entity.refusal(raw=True)).reason)
    last = found[-1][0]
    wanted, more = await within(read(1, **{"Last-Event-ID": last}), 10)
    assert [event["activityId"] for _, event in more if event.get("status") == 404] == [missed, *wanted]
    assert not {id for id, _ in more} & {id for id, _ in found} and all(int(id) > int(last) for id, _ in more)


async def test_events_need_a_right(server, entity):
    path = f"{entity.path}/providers/Causeway.Relay/events"
    principal = Principal(server.management, server.unique("events"))
    assert principal.call("GET", path).status_code == 403
    principal.assign(READER, entity.path)
    assert principal.call("GET", path).status_code == 200
    server.management.delete(principal.path)


# MARK: metrics


def metrics(entity, *names):
    """The sums of metrics over the last two hours, or the highest value of a level, as Azure Monitor tells them."""
    answer = entity.namespace.relay.management.get(
        f"{entity.path}/providers/Microsoft.Insights/metrics?api-version=2018-01-01&timespan=PT2H&interval=FULL"
        f"&aggregation=total,maximum&metricnames={','.join(names)}")
    points = {each["name"]["value"]: each["timeseries"][0]["data"][0] for each in answer["value"]}
    return tuple(points[name]["maximum" if name.startswith("Active") else "total"] for name in names)


async def test_metrics_count_what_happened(make_entity):
    entity = await make_entity()
    names = ["ListenerConnections-Success", "ListenerConnections-ClientError", "SenderConnections-Success",
        "SenderConnections-ClientError", "SenderConnections-TotalRequests", "SenderDisconnects", "ListenerDisconnects",
        "BytesTransferred"]
    # What made sure that the gateway knows the hybrid connection counts, too.
    await eventually(lambda: metrics(entity, names[3]) >= (1,), "the first attempt counts", limit=3)
    before = metrics(entity, *names)
    await refusal(entity.listener(token="send").open())
    await entity.refusal(raw=True)
    async with entity.listener() as listener:
        pairs = [await listener.join(raw=True) for _ in range(2)]
        await pairs[0].sender.send(b"x" * 1_000)
        await within(pairs[0].listener.receive())
        await eventually(lambda: metrics(entity, "ActiveListeners", "ActiveConnections") == (1, 2), "both are open",
            limit=3)
        for pair in pairs:
            await pair.close()
    wanted = (1, 1, 2, 1, 3, 2, 1, 1_000)

    def counted():
        return tuple(now - then for now, then in zip(metrics(entity, *names), before)) == wanted

    await eventually(counted, f"{names} grew by {wanted}", limit=4)


async def test_a_request_is_no_connection(make_entity):
    entity = await make_entity()
    names = ["SenderConnections-TotalRequests", "SenderDisconnects"]
    await eventually(lambda: metrics(entity, *names) >= (1, 0), "the first attempt counts", limit=3)
    before = metrics(entity, *names)
    async with entity.listener(), await entity.http() as sender:
        await sender.ask(token="listen")
        await eventually(lambda: metrics(entity, "ListenerConnections-Success") == (1,), "the listener counts", limit=3)
    assert metrics(entity, *names) == before


# MARK: usage


@pytest.fixture
async def metered(make_entity):
    return await make_entity()


async def test_usage_is_exact_to_the_byte(metered):
    """Data payload of every kind: whole, in fragments, cut by the gateway, text and binary, pings left out."""
    to_listener = to_sender = 0
    async with metered.listener() as listener:
        for _ in range(3):
            pair = await listener.join(raw=True)
            for size in (0, 1, 125, 126, 65_535, 65_536, 65_537, 1_000_003):
                await pair.sender.send(os.urandom(size))
                assert len(await within(pair.listener.receive())) == size
                await pair.listener.send([b"x" * size, b"y" * 7])
                assert len(await within(pair.sender.receive())) == size + 7
                to_listener, to_sender = to_listener + size, to_sender + size + 7
            await pair.sender.send_frame(frames.PING, b"not counted")
            await pair.sender.send("grüße")
            assert await within(pair.listener.receive()) == "grüße"
            to_listener += len("grüße".encode())
            await pair.sender.send_close(1000, "not counted either")
            await within(pair.listener.end())
            await pair.listener.send_close(1000)
            await within(pair.sender.end())

    def is_exact():
        shown = usage(metered)
        return (shown["bytesToListener"], shown["bytesToSender"], shown["connections"]) == (to_listener, to_sender, 3) or None

    try:
        await eventually(is_exact, "usage is exact", limit=3)
    except AssertionError as error:
        raise AssertionError(f"{usage(metered)}, not {(to_listener, to_sender, 3)}") from error


async def test_usage_of_requests_counts_bodies_of_both_channels(metered):
    sizes = [(0, 0), (10, 1_000), (64_000, 10), (100_000, 300_000), (1_048_577, 0)]
    async with metered.listener() as listener, await metered.http() as sender:
        for sent, received in sizes:
            answering = asyncio.ensure_future(sender.ask("POST", body=b"x" * sent))
            request = await listener.next_request()
            if received > 65_536 and not request.rendezvous:
                request.channel = await listener.open_rendezvous(request.members["address"])
            await listener.respond(request, 200, b"y" * received)
            assert len((await within(answering)).body) == received
    expected = (sum(sent for sent, _ in sizes), sum(received for _, received in sizes), len(sizes))

    def is_exact():
        shown = usage(metered)
        return (shown["bytesToListener"], shown["bytesToSender"], shown["requests"]) == expected or None

    try:
        await eventually(is_exact, "usage is exact", limit=3)
    except AssertionError as error:
        raise AssertionError(f"{usage(metered)}, not {expected}") from error


async def test_refused_senders_use_nothing(metered):
    async with metered.listener():
        for token in (None, "x", "listen"):
            await metered.refusal(token=token, raw=True)
    shown = usage(metered)
    assert (shown["bytesToListener"], shown["bytesToSender"], shown["connections"], shown["requests"]) == (0, 0, 0, 0)


async def test_listener_seconds_and_peak(metered):
    started = time.monotonic()
    async with metered.listener():
        async with metered.listener(), metered.listener():
            await asyncio.sleep(1)
        lasted = time.monotonic() - started

    def shown():
        found = usage(metered)
        return found["listenersPeak"] == 3 and found["listenerSeconds"] >= 3 and found

    found = await eventually(shown, "three listeners for a second", limit=3)
    assert found["listenerSeconds"] <= 3 * lasted + 3
