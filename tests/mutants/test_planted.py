"""Each planted bug still has its place: `make mutants` would stop at one that has not."""

import pytest

from tests.mutants.__main__ import ROOT
from tests.mutants.planted import MUTANTS, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_text_of_a_mutant_stands_once(mutant: Mutant) -> None:
    assert mutant.old != mutant.new
    assert (ROOT / mutant.file).read_text(encoding="utf-8").count(mutant.old) == 1


def test_no_two_have_one_name() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
