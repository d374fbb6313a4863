"""What the server answered, against the published schemas."""

import pytest

from contract import published
from contract.documents import OPERATIONS


@pytest.mark.parametrize("label", published.LABELS)
def test_answers_fit_the_published_schema(label, comparison):
    found = [f"{finding}\n  in {exchange}" for finding, exchange in comparison.unexplained[label].items()]
    if found:
        pytest.fail(f"{label}: {len(found)} differences that deviations.json does not explain:\n" + "\n".join(found), pytrace=False)


@pytest.mark.parametrize("label", published.LABELS)
def test_every_shared_operation_was_compared(label, comparison, published_documents):
    document = published_documents.document(label)
    shared = {o.id for o in OPERATIONS.values() if o.document.name == document.ours and document.operation(o) is not None}
    if label in published.APART:
        # Only what can be repeated is called with this version.
        shared = {name for name in shared if OPERATIONS[name].method in ("GET", "POST")}
    assert shared and shared - comparison.compared[label] == set()


def test_no_deviation_is_unused(comparison):
    unused = comparison.deviations.unused()
    if unused:
        pytest.fail("deviations.json explains what does not happen:\n" + "\n".join(unused), pytrace=False)
