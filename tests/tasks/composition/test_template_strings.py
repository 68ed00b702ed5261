"""Strings match their template, symbols of the test were never trained on, and all are equally likely."""

import jax
import numpy as np
import pytest

from unseen._types import Classes, Problem, Values
from unseen.tasks.composition.template_strings import TemplateStrings

TASK = TemplateStrings(templates=("aba", "abb", "abc"), labels=(1.0, -1.0, 0.5), symbols=6, samples=600, fresh=5, tests=500)


def pattern(string):
    """Letters in order of appearance: (7, 3, 7) is "aba"."""
    seen = list(dict.fromkeys(string))
    return "".join("abc"[seen.index(symbol)] for symbol in string)


@pytest.fixture(scope="module")
def splits():
    return {name: (np.asarray(part.x), np.asarray(part.y)) for name, part in TASK.splits(jax.random.key(0)).items()}


def test_strings_match_their_template_and_have_its_label(splits):
    for x, y in splits.values():
        found = [pattern(row[:3]) for row in x.tolist()]
        assert (x[:, 3] == 11).all()
        np.testing.assert_allclose(y, [dict(zip(TASK.templates, TASK.labels, strict=True))[one] for one in found])
        assert all(found.count(one) > len(x) / 4 for one in TASK.templates)
    assert isinstance(TASK.outputs, Values)


def test_unseen_symbols_are_unseen_and_all_are_equally_likely(splits):
    symbols = {name: x[:, :3] for name, (x, _) in splits.items()}
    assert set(symbols["train"].ravel()) == set(symbols["test"].ravel()) == set(range(6)) and set(symbols["unseen"].ravel()) == set(range(6, 11))
    for place in range(3):
        counts = np.bincount(symbols["train"][:, place], minlength=6)
        assert ((counts - 100) ** 2 / 100).sum() < 5 + 5 * np.sqrt(10)


def test_a_letter_as_label_is_the_symbol_that_stands_for_it():
    task = TemplateStrings(templates=("aab", "aba"), labels=("b", "a"), symbols=4, samples=50, fresh=3, tests=50)
    assert isinstance(task.outputs, Classes) and task.outputs.count == 7
    for part in task.splits(jax.random.key(2)).values():
        x = np.asarray(part.x)
        np.testing.assert_array_equal(part.y, np.where(x[:, 0] == x[:, 1], x[:, 2], x[:, 0]))


def test_wrong_fields():
    wrongs = {"templates": ("ab", "aba"), "symbols": 1, "fresh": 1, "samples": 0, "tests": 0, "labels": (1.0,)}
    for field, value in {**wrongs, "labels": ("c", "a")}.items():
        with pytest.raises(Problem, match=f"TemplateStrings.{field}"):
            TemplateStrings(**{field: value})
