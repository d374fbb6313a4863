"""The library, compiled as a package manager would, with every warning an error."""

import subprocess
from pathlib import Path

SOURCES = Path(__file__).parents[3] / "Sources" / "CausewayPreload"
FLAGS = ["-std=gnu11", "-O2", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror", "-Wshadow"]


def compile_library(path, *flags, compiler="gcc"):
    sources = sorted(SOURCES.glob("*.c"))
    subprocess.run(
        [compiler, *FLAGS, *flags, "-I", SOURCES / "include", "-o", path, *sources, "-ldl"], check=True)
    return path
