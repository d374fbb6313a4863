"""What stands at the two ends of a tunnel, and the programs between them: the server, managers, connectors, `exec`."""
