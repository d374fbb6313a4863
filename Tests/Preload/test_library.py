"""What the library is, before anything is run with it."""

import re
import shutil
import subprocess

import pytest

from preload_peer.library import SOURCES, compile_library

INTERPOSED = {
    "connect", "getaddrinfo", "getnameinfo", "gethostbyname", "gethostbyname2", "gethostbyaddr", "gethostbyname_r",
    "gethostbyname2_r", "gethostbyaddr_r",
}
# Symbols that linkers add.
OF_LINKERS = {"__bss_start", "_edata", "_end", "_init", "_fini"}


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_it_compiles_without_warnings_and_shows_only_what_it_interposes(tmp_path, compiler):
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    library = compile_library(tmp_path / "library.so", compiler=compiler)
    lines = subprocess.run(
        ["nm", "--dynamic", "--defined-only", library], capture_output=True, text=True, check=True).stdout.splitlines()
    assert {line.split()[-1] for line in lines} - OF_LINKERS == INTERPOSED


def test_it_needs_no_library_but_the_c_library(library):
    dynamic = subprocess.run(["readelf", "--dynamic", library], capture_output=True, text=True, check=True).stdout
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
    assert set(needed) <= {"libc.so.6", "libdl.so.2", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}


def test_connect_neither_allocates_nor_locks_nor_uses_streams():
    """By the functions that its files call; `test_connect_in_a_signal_handler` shows it at work."""
    text = "".join((SOURCES / f"{name}.c").read_text() for name in (
        "connect", "gate", "socket", "waiting", "bindings", "directory"))
    assert not re.search(r"\b(malloc|calloc|realloc|free|strdup|\w*printf|fopen|fgets|pthread_\w+)\s*\(", text)
