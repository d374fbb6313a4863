"""A whole tunnel: an app's side and an endpoint's side, in each of the ways in which the two can be joined."""

from .programs import succeeded
from .sockets import dial, free_port

# Arguments of the connector, arguments of the manager.
MODES = {
    "lanes": ([], []),
    "no lanes at the connector": (["--lanes", "0"], []),
    "no lanes at the manager": ([], ["--lanes", "0"]),
    "without TLS": (["--plaintext"], ["--plaintext"]),
}
MEBIBYTE = 1 << 20
# What may be on its way to somebody who reads nothing. A lane has windows of its own; without them it is what the system
# buffers on four hops, and how much that is depends on the machine.
IN_FLIGHT = {True: 16 * MEBIBYTE, False: 64 * MEBIBYTE}


class Tunnel:
    """A manager and a connector with two hybrid connections: one to an endpoint, one to a port where nobody listens."""

    def __init__(self, make, server, connector_arguments, manager_arguments):
        plaintext = "--plaintext" in manager_arguments
        self.endpoint = make.endpoint()
        self.connection = server.hybrid_connection(self.endpoint.address)
        refused = server.hybrid_connection(f"127.0.0.1:{free_port()}")
        self.manager = make.manager(server, *manager_arguments).start()
        for connection in (self.connection, refused):
            string = connection.string("listen", plaintext)
            succeeded(self.manager.hcm("add", "-", input=string))
            self.manager.wait(connection)
        options = [argument for argument in connector_arguments if argument != "--plaintext"]
        single, self.refused = (
            make.single(each, *options, plaintext=plaintext).start() for each in (self.connection, refused))
        self.address = single.address
        self.in_flight = IN_FLIGHT["--lanes" not in connector_arguments + manager_arguments]

    def dial(self, serve=None):
        """A connection of an app, to an endpoint that does this with it, or sends back what it gets."""
        if serve:
            self.endpoint.serve_next(serve)
        return dial(self.address)
