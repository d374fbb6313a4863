"""Runs programs with and without the library."""

import os
import re
import subprocess
import sys
from pathlib import Path

PROGRAMS = Path(__file__).parent.parent / "programs"

# Where names are asked for by DNS and nobody answers, a program should find that out in this test's lifetime.
ENVIRONMENT = {"RES_OPTIONS": "timeout:1 attempts:1"}


class Runner:
    def __init__(self, library, directory):
        self.library, self.directory = library, directory

    def environment(self, *preload):
        return os.environ | ENVIRONMENT | {
            "LD_PRELOAD": " ".join(map(str, (self.library, *preload))),
            "CAUSEWAY_EXEC_DIRECTORY": str(self.directory.path),
        }

    @staticmethod
    def bare_environment():
        kept = {name: value for name, value in os.environ.items() if name not in (
            "LD_PRELOAD", "CAUSEWAY_EXEC_DIRECTORY")}
        return kept | ENVIRONMENT

    def run_bare(self, *command, **options):
        return run(command, self.bare_environment(), **options)

    def run_alone(self, *command, preload=(), **options):
        """With the library, and without showing first that the program needs it."""
        return run(command, self.environment(*preload), **options)

    def run(self, *command, without="unresolved", preload=(), **options):
        """With the library, after showing that without it the program prints what matches `without`."""
        bare = self.run_bare(*command, **options)
        assert re.search(without, bare.stdout + bare.stderr), f"{bare.stdout}\n{bare.stderr}"
        return self.run_alone(*command, preload=preload, **options)

    def start(self, *command):
        """With the library, to be talked to through pipes."""
        return subprocess.Popen(
            list(map(str, command)), env=self.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def python(self, scenario, *arguments, **options):
        """What a scenario of `sockets.py` prints."""
        return self.run(*python(scenario, *arguments), **options).stdout.strip()


def python(scenario, *arguments):
    return sys.executable, PROGRAMS / "sockets.py", scenario, *arguments


def run(command, environment, timeout=50, folder=None):
    return subprocess.run(
        list(map(str, command)), env=environment, capture_output=True, text=True, timeout=timeout, check=False,
        stdin=subprocess.DEVNULL, cwd=folder)


def compile_program(name, folder, *flags):
    binary = folder / name
    warnings = "-Wall", "-Wextra", "-Werror"
    subprocess.run(
        ["gcc", "-std=gnu11", "-O1", *warnings, *flags, "-o", binary, PROGRAMS / f"{name}.c", "-ldl"], check=True)
    return binary


def compile_other_library(name, folder, *flags):
    """One that is preloaded behind the library under test."""
    return compile_program(name, folder, "-fPIC", "-shared", *flags)
