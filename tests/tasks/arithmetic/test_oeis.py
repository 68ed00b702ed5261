"""The reader of OEIS's file against a small one that is written here, and the questions about its sequences against the terms."""

import gzip
import math

import jax
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.arithmetic.integer_sequences import IntegerSequences
from unseen.tasks.arithmetic.oeis import read_stripped

FILE = """# OEIS Sequence Data (http://oeis.org/stripped.gz)
# Last Modified: March 12 01:27 UTC 2024

A000040 ,2,3,5,7,11,13,17,19,23,
A000045 ,0,1,1,2,3,5,8,13,21,
A000142 ,1,1,2,6,24,120,720,5040,40320,
A001057 ,0,1,-1,2,-2,3,-3,4,-4,
A012345 ,,
A200000 ,7,
A1000000 ,0,100000000000000000000000000000000000000000,1,
"""


def many(count, terms=9):
    """Lines k, k + 1, … for every k below `count`."""
    return "".join(f"A{k:06d} ,{','.join(str(k + n) for n in range(terms))},\n" for k in range(count))


def written(folder, text, packed=False):
    path = folder / ("stripped.gz" if packed else "stripped")
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    return str(path)


@pytest.mark.parametrize("packed", [False, True])
def test_lines(tmp_path, packed):
    found = dict(read_stripped(written(tmp_path, FILE, packed)))
    assert list(found) == [40, 45, 142, 1057, 12345, 200000, 1000000]
    assert found[45] == [0, 1, 1, 2, 3, 5, 8, 13, 21] and found[1057][:5] == [0, 1, -1, 2, -2]
    assert found[12345] == [] and found[200000] == [7] and found[1000000] == [0, 10**41, 1]


@pytest.mark.parametrize("line", ["A000041 1,1,2,3,", "A000041 ,1,1,x,3,", "A41 ,1,1,", "A000041 ,1,,2,", "A000041 ,1,2", "A000041 ,1_0,"])
def test_a_line_of_another_form_is_told_by_its_number(tmp_path, line):
    with pytest.raises(Problem, match=r"stripped, line 3: expected 'A000045 ,0,1,1,2,3,5,', got 'A"):
        list(read_stripped(written(tmp_path, f"# comment\nA000040 ,2,3,5,\n{line}\n")))


def test_files_that_are_not_there_or_not_whole(tmp_path):
    with pytest.raises(Problem, match=r"nowhere: expected the file of OEIS's sequences, found none. Download https://oeis.org/stripped.gz"):
        list(read_stripped(tmp_path / "nowhere"))
    whole = gzip.compress(many(500).encode())
    for damaged in (whole[:-200], whole[:50] + b"????" + whole[54:]):
        (tmp_path / "stripped.gz").write_bytes(damaged)
        with pytest.raises(Problem, match="cut short or damaged"):
            list(read_stripped(tmp_path / "stripped.gz"))


def test_which_sequences_are_used(tmp_path):
    """Long enough, not negative, one of those with the same given terms; log(1 + term) of numbers of any size; the largest stand at the end."""
    text = FILE + "A300000 ,0,1,1,2,3,5,9,9,9,\n" + f"A400000 ,{','.join(str(10**30 * n) for n in range(8))},\n"
    task = IntegerSequences("next", terms=5, train_size=2, test_size=1, oeis=written(tmp_path, text))
    logs, numbers = task.load()
    assert numbers.tolist() == [45, 40, 142, 400000]
    assert np.allclose(logs[-1], [math.log(10**30 * n + 1) for n in range(8)], rtol=1e-6)
    assert np.allclose(np.expm1(logs[0]), [0, 1, 1, 2, 3, 5, 8, 13], atol=1e-4)


@pytest.mark.parametrize("asks", ["next", "continuation", "unmasking"])
def test_questions(tmp_path, asks):
    task = IntegerSequences(asks, terms=5, train_size=20, test_size=8, oeis=written(tmp_path, many(40)))
    splits = jax.jit(task.splits)(jax.random.key(0), task.load())
    assert {name: len(split) for name, split in splits.items()} == {"train": 20, "test": 8, "larger": 8} and set(task.unseen) == {"test", "larger"}
    numbers = {name: set(split.info["sequence"].tolist()) for name, split in splits.items()}
    assert len(set.union(*numbers.values())) == 36 and numbers["larger"] == set(range(32, 40))
    for split in splits.values():
        x, y = (np.expm1(np.asarray(part)).round().astype(int) for part in (split.x, split.y))
        for k, given, answer in zip(split.info["sequence"].tolist(), x, y, strict=True):
            if asks == "unmasking":
                (hidden,) = np.flatnonzero(split.x[list(split.info["sequence"]).index(k)] == -1)
                given[hidden] = answer[0]
            else:
                assert answer.tolist() == [k + 5, k + 6, k + 7][: len(answer)]
            assert given.tolist() == [k, k + 1, k + 2, k + 3, k + 4]
    other = task.splits(jax.random.key(1))
    assert set(other["train"].info["sequence"].tolist()) != numbers["train"]


def test_wrong_fields(tmp_path):
    with pytest.raises(Problem, match=r"IntegerSequences.asks: expected with oeis, which knows no kinds of law, one of 'next', .* got 'category'"):
        IntegerSequences(oeis="stripped.gz")
    with pytest.raises(Problem, match=r"IntegerSequences.oeis: expected 40 sequences .* with 8 terms that are not negative in .*, found 30. Take fewer"):
        IntegerSequences("next", terms=5, train_size=20, test_size=10, oeis=written(tmp_path, many(30))).load()
    with pytest.raises(Problem, match=r"IntegerSequences.oeis: expected None or the path"):
        IntegerSequences("next", oeis="")
