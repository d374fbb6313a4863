import os

import pytest

from preload_peer.directory import Directory
from preload_peer.gate import Gate
from preload_peer.library import compile_library
from preload_peer.programs import Runner, compile_program

ADDRESS = "127.77.1.2"


@pytest.fixture(scope="session")
def binaries(tmp_path_factory):
    return tmp_path_factory.mktemp("binaries")


@pytest.fixture(scope="session")
def library(binaries):
    """The one that the environment names, or one made here from the sources."""
    given = os.environ.get("CAUSEWAY_PRELOAD_LIBRARY")
    return os.path.abspath(given) if given else compile_library(binaries / "libcauseway-preload.so")


@pytest.fixture(scope="session")
def resolver(binaries):
    """The program that calls the functions that resolve names."""
    return compile_program("resolve", binaries)


@pytest.fixture(scope="session")
def caller(binaries):
    """The program that calls connect() in ways in which only C can."""
    return compile_program("call", binaries)


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.close()
    assert gate.faults == []


@pytest.fixture
def directory(tmp_path, gate):
    directory = Directory(tmp_path / "exec", gate)
    directory.write_names(db_contoso_example=ADDRESS, web_contoso_example="127.77.1.3")
    return directory


@pytest.fixture
def runner(library, directory):
    return Runner(library, directory)
