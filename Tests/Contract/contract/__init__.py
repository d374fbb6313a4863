"""Contract tests of the management API: what a running server answers, against the documents."""
