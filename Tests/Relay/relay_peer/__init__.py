"""Listeners and senders of Azure Relay Hybrid Connections, written from the protocol and independent of the server."""
