"""A listener that answers every request by itself, small ones on its control channel and large ones by rendezvous."""

import hashlib
import json

from .frames import BINARY, CLOSE, TEXT, binary, close, text


class Responder:
    """Answers 200 with a description of the request; `targets` are those of which a listener ever heard."""

    def __init__(self, control):
        self.control, self.meeting = control, control.meeting
        self.targets, self.whole, self.ends = [], [], []
        self.members = {}
        control.when_request = self._request

    def _request(self, request):
        if "method" in request:
            self.targets.append(request["requestTarget"])
            self._answer(self.control.websocket, request, request.get("received", b""))
        else:
            peer, key = self.meeting.answer_accept(request)
            # Where the sender goes away in between nobody waits for an answer; a sender that stays would miss it.
            self.meeting.when_joined(peer, key, self._opened, when_late=peer.close)

    def _opened(self, websocket):
        state = {}

        def message(frame):
            if frame.opcode == CLOSE:
                self.ends.append(frame.payload)
                websocket.send(close())
                return
            for opcode, payload in websocket.messages[:]:
                websocket.messages.remove((opcode, payload))
                if opcode == TEXT:
                    state["request"] = json.loads(payload)["request"]
                    self.targets.append(state["request"]["requestTarget"])
                    if not state["request"]["body"]:
                        self._answer(websocket, state["request"], b"")
                elif opcode == BINARY:
                    self._answer(websocket, state["request"], payload)

        websocket.when_frame(message)

    def _answer(self, websocket, request, body):
        self.whole.append(request["requestTarget"])
        said = {"target": request["requestTarget"], "method": request["method"], "headers": request["requestHeaders"],
                "length": len(body), "digest": hashlib.sha256(body).hexdigest()}
        message = {"requestId": request["id"], "statusCode": 200, "body": True, **self.members}
        websocket.send(text(json.dumps({"response": message})), binary(json.dumps(said).encode()))
