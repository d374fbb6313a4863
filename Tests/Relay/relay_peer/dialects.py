"""How published clients differ from one another on the wire (section 13): listeners and senders, each with its habits."""

import json
import uuid
from dataclasses import dataclass
from urllib.parse import quote

from . import frames, sas
from .listener import Listener, form


# What clients take for the longest body of the control channel, with room for the text before it.
CONTROL_BODY_MAXIMUM = 60_000


def first_protocol(accept):
    offered = protocols(accept)
    return [("Sec-WebSocket-Protocol", offered.split(",")[0].strip())] if offered else []


def all_protocols(accept):
    offered = protocols(accept)
    return [("Sec-WebSocket-Protocol", offered)] if offered else []


def no_protocol(accept):
    return []


def protocols(accept):
    return next((value for name, value in accept["connectHeaders"].items() if name.lower() == "sec-websocket-protocol"), None)


def mint(entity, rule, uri, **changed):
    rule = entity.rules[rule]
    return sas.mint(uri.format(host=entity.host_name, port=entity.endpoint.port, name=entity.name), rule.name, rule.primary,
        **changed)


# MARK: how answers are written


async def channel_for(listener, request, body):
    """Where the request came, or a rendezvous when the answer is too long for the control channel."""
    if request.rendezvous is None and len(body) > CONTROL_BODY_MAXIMUM:
        request.rendezvous = await listener.open_rendezvous(request.members["address"])
    return request.rendezvous or request.channel


async def in_one_message(listener, request, status, body, **members):
    """No body is not announced."""
    await listener.respond(request, status, body or None, channel=await channel_for(listener, request, body), **members)


async def with_empty_end(listener, request, status, body, **members):
    """.NET: a streamed body always ends with an empty fragment; the rendezvous is closed at once."""
    channel = await channel_for(listener, request, body)
    await listener.respond(request, status, fragments=[body, b""] if body else None, channel=channel, **members)
    if request.rendezvous:
        await channel.close()


async def always_a_body(listener, request, status, body, **members):
    """hyco-https: `body:true` even for nothing, and an empty binary message after heads that can have no body. The rendezvous
    is never closed. Large answers go to a rendezvous although the request came over the control channel."""
    channel = await channel_for(listener, request, body)
    if request.members["method"] == "HEAD" or status in (204, 304):
        await listener.respond(request, status, None, channel=channel, **members)
        await channel.send(b"")
    else:
        await listener.respond(request, status, body, channel=channel, **members)


async def without_fin(listener, request, status, body, **members):
    """Java: no FIN on a streamed body, and Close 1000 ends it; it opens a rendezvous for what does not fit."""
    if not request.rendezvous and len(body) <= CONTROL_BODY_MAXIMUM:
        await listener.respond(request, status, body or None, **members)
        return
    channel = request.rendezvous or await listener.open_rendezvous(request.members["address"], raw=True)
    await channel.send(json.dumps({"response": {"requestId": request.id, "statusCode": status, "body": True, **members}}))
    for offset in range(0, max(len(body), 1), 65_536):
        await channel.send_frame(frames.CONTINUATION if offset else frames.BINARY, body[offset:offset + 65_536], is_final=False)
    await channel.send_close(1000)
    await channel.end()


async def status_as_text(listener, request, status, body, **members):
    """The Go listener: text for a number, and the control channel for everything."""
    response = {"requestId": request.id, "statusCode": str(status), "body": bool(body), "responseHeaders": {}, **members}
    async with listener.writing(listener.channel):
        await listener.send(response=response)
        if body:
            await listener.channel.send(body)


# MARK: listeners


@dataclass(frozen=True)
class ListenerDialect:
    name: str
    audience: str = "http://{host}/{name}"
    place: str = "header"
    # How the token's parts are written; see `sas.mint`.
    spelling: tuple = ()
    target: str = "/$hc/{name}?sb-hc-action=listen&sb-hc-id={id}"
    headers: tuple = ()
    accept_headers: object = first_protocol
    accept_extra: tuple = ()
    rejects_old: bool = False
    reject_encoding: object = quote
    answer: object = in_one_message
    accepts_connections: bool = True
    accepts_requests: bool = True
    opens_rendezvous: bool = True
    renews_at_once: bool = False
    compression: str | None = None
    raw_rendezvous: bool = False

    def __str__(self):
        return self.name

    def listener(self, entity):
        token = mint(entity, "listen", self.audience, **dict(self.spelling))
        target = self.target.format(name=entity.name, id=uuid.uuid4())
        if self.place == "query":
            target += "&sb-hc-token=" + quote(token, safe="")
        return Listener(entity, token=None if self.place == "query" else token, place=self.place, headers=self.headers,
            target=target,
                        compression=self.compression, rendezvous_raw=self.raw_rendezvous)

    async def accept(self, listener, accept):
        return await listener.accept(accept, raw=True, headers=[*self.accept_headers(accept), *self.accept_extra])

    async def reject(self, listener, accept, status, text):
        return await listener.reject(accept, status, text, old=self.rejects_old, encode=self.reject_encoding)


def lowered(text):
    return sas.lower_case_escapes(text.lower())


LISTENERS = [
    ListenerDialect(".NET", audience="http://{host}/{name}/", reject_encoding=form, answer=with_empty_end,
                    headers=(("Relay-User-Agent", "relay/3.0.0 (.NET)"),)),
    ListenerDialect("ASP.NET server", target="/$hc/{name}/?sb-hc-action=listen&sb-hc-id={id}", audience="http://{host}/{name}/",
                    reject_encoding=form, answer=with_empty_end),
    ListenerDialect("hyco-ws", audience="http://{host}:443/{name}", spelling=(("encode_rule", str),), rejects_old=True,
                    target="/$hc/{name}?sb-hc-action=listen", compression="deflate", accepts_requests=False,
                    accept_extra=(("0", "Sec-WebSocket-Extensions: permessage-deflate"),)),
    ListenerDialect("hyco-https", audience="http://{host}:443/{name}", spelling=(("encode_rule", str),), rejects_old=True,
                    target="/$hc/{name}?sb-hc-action=listen", answer=always_a_body, accepts_connections=False,
                    compression="deflate"),
    ListenerDialect("hyco-websocket", audience="http://{host}/{name}", rejects_old=True),
    ListenerDialect("Java", audience="https://{host}:{port}/{name}", accept_headers=no_protocol, reject_encoding=form,
                    answer=without_fin, raw_rendezvous=True),
    ListenerDialect("Rust", accept_headers=all_protocols, renews_at_once=True, opens_rendezvous=False),
    ListenerDialect("Go", audience="https://{host}/{name}", place="query", spelling=(("encode", lowered),), answer=status_as_text,
                    accepts_connections=False, opens_rendezvous=False, target="/$hc/{name}?sb-hc-action=listen&sb-hc-id={id}"),
    ListenerDialect("Python helper", place="query",
        spelling=(("encode_signature", lambda text: quote(text, safe="/")), ("seconds", 172_800)),
                    target="/$hc/{name}?sb-hc-action=listen"),
]


# MARK: senders


@dataclass(frozen=True)
class SenderDialect:
    name: str
    audience: str = "http://{host}/{name}"
    place: str = "header"
    spelling: tuple = ()
    target: str = "/$hc/{name}?sb-hc-action=connect&sb-hc-id={id}"
    headers: tuple = ()
    # Spaces in the query as `+`.
    writes_plus: bool = False

    def __str__(self):
        return self.name

    async def connect(self, entity, headers=()):
        token = mint(entity, "send", self.audience, **dict(self.spelling))
        target, sent = self.target.format(name=entity.name, id=uuid.uuid4()), [*self.headers, *headers]
        if self.place == "query":
            target += ("&" if "?" in target else "?") + "sb-hc-token=" + (form(token) if self.writes_plus else quote(token,
                safe=""))
        else:
            sent.append(("ServiceBusAuthorization" if self.place == "header" else self.place, token))
        return await entity.socket(target, sent, raw=True)


SENDERS = [
    SenderDialect(".NET", audience="http://{host}/{name}/", headers=(("Relay-User-Agent", "relay/3.0.0 (.NET)"),)),
    SenderDialect("Node", audience="http://{host}:443/{name}", spelling=(("encode_rule", str),), place="query",
                  target="/$hc/{name}?sb-hc-action=connect"),
    SenderDialect("Java", audience="sb://{host}"),
    SenderDialect("Java with a query", audience="https://{host}/{name}?queryKey=queryValue&queryKey2=queryValue;", place="query",
                  writes_plus=True),
    SenderDialect("Rust"),
    SenderDialect("Go that drops the action", place="query", target="/$hc/{name}?sb-hc-id={id}", audience="https://{host}/{name}",
                  spelling=(("encode", lowered),), writes_plus=True),
    SenderDialect("Python helper", place="query",
        spelling=(("encode_signature", lambda text: quote(text, safe="/")), ("seconds", 172_800))),
    SenderDialect("browser", place="query", headers=(("Origin", "https://app.example"), ("Sec-WebSocket-Protocol", "v2, v1"),
                                                     ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"))),
    SenderDialect("App Service", headers=(("X-Forwarded-For", "203.0.113.9"),), audience="sb://{host}/{name}/"),
]
