"""Holds `statements.md` against the tests of this folder."""

import re
from pathlib import Path

FOLDER = Path(__file__).parent
ROW = re.compile(r"\| R(\d+) \| ([^|]+) \| ([^|]+) \| ([^|]*) \|")
COUNT = 125


def rows():
    return [(int(match[1]), match[3], match[4].strip()) for match in map(ROW.fullmatch,
        (FOLDER / "statements.md").read_text().splitlines())
            if match]


def numbers(file):
    """The statements that a file's tests carry in their names."""
    names = re.findall(r"^(?:async )?def (test_\w+)", (FOLDER / file).read_text(), re.MULTILINE)
    return {int(number) for name in names for number in re.findall(r"(?<=_)r(\d{3})(?=_)", name)}


def test_every_statement_stands_in_the_table_once():
    assert [number for number, _, _ in rows()] == list(range(1, COUNT + 1))


def test_every_statement_has_the_tests_that_the_table_names_and_no_others():
    carried = {path.name: numbers(path.name) for path in FOLDER.glob("test_*.py")}
    wrong = []
    for number, tests, remark in rows():
        named = set(re.findall(r"`(test_\w+\.py)`", tests))
        actual = {file for file, found in carried.items() if number in found}
        if named != actual or not (named or remark):
            wrong.append(f"R{number}: the table names {sorted(named)}, tests are in {sorted(actual)}")
    assert not wrong, "\n".join(wrong)


def test_a_file_that_lacks_a_statement_is_found():
    assert 49 in numbers("test_connect.py") and 49 not in numbers("test_joined.py")
    assert {76, 77} <= numbers("test_joined.py")
