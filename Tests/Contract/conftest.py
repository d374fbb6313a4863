import os

import pytest

from contract import published
from contract.deviations import Deviations
from contract.documents import OPERATIONS
from contract.estate import Estate
from contract.server import MissingServer, Server, Settings, resolve_localhost_names


@pytest.fixture(scope="session")
def server():
    message = None
    try:
        settings = Settings.from_environment()
    except MissingServer as error:
        message = str(error)
    if message:
        pytest.fail(message, pytrace=False)
    resolve_localhost_names()
    return Server(settings)


@pytest.fixture(scope="session")
def estate(server):
    """The estate, after its whole life: built, read in every api-version, taken down. `server.transcript` has it all."""
    estate = Estate(server)
    estate.run()
    return estate


@pytest.fixture(scope="session")
def transcript(estate):
    return estate.server.transcript


@pytest.fixture(scope="session")
def published_documents():
    folder = published.folder()
    if not folder.is_dir():
        message = f"The published schemas are not at {folder}; {published.VARIABLE} says where they are."
        if os.environ.get(published.REQUIRE_VARIABLE) == "1":
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    return published.Published(folder)


class Comparison:
    """Every recorded answer against every published document that describes it."""

    def __init__(self, documents, transcript):
        self.deviations = Deviations.load()
        self.compared = {label: set() for label in published.LABELS}
        self.unexplained = {label: {} for label in published.LABELS}
        for exchange in transcript:
            operation = OPERATIONS[exchange.operation]
            for document in documents.documents:
                if not document.applies(operation, exchange):
                    continue
                self.compared[document.label].add(operation.id)
                for finding in documents.findings(document, operation, exchange):
                    if not self.deviations.explains(finding):
                        self.unexplained[document.label].setdefault(finding, exchange)


@pytest.fixture(scope="session")
def comparison(transcript, published_documents):
    return Comparison(published_documents, transcript)
