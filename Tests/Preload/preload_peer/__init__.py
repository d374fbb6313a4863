"""The connector's half of the contract, written from its description and independent of the connector."""
