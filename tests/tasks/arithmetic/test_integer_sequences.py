"""Sequences against what their law says, in plain Python."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.arithmetic.integer_sequences import ASKS, CATEGORIES, IntegerSequences

TOP, TERMS = 5, 8
PRIMES = [p for p in range(2, 300) if all(p % d for d in range(2, p))]


def sequences(category, larger=False):
    task = IntegerSequences(terms=TERMS, largest=TOP)
    keys = jax.random.split(jax.random.key(0), 200)
    logs = jax.jit(jax.vmap(lambda k: task.sequence(k, jnp.array(CATEGORIES.index(category)), larger)))(keys)
    terms = np.expm1(np.asarray(logs, np.float64))
    assert np.allclose(terms, terms.round(), rtol=1e-4, atol=1e-3)
    return terms.round().astype(int).tolist()


@pytest.mark.parametrize("larger", [False, True])
def test_each_law(larger):
    low, high = (TOP + 1, 2 * TOP) if larger else (0, TOP)
    for terms in sequences("polynomial", larger):
        c, (first, *steps) = terms[0], np.diff(terms).tolist()
        (second,) = set(np.diff([first, *steps]).tolist())
        a, b = second // 2, first - second // 2
        assert second % 2 == 0 and a >= 1 and max(a, b) <= 2 * TOP and c <= (2 * TOP if larger else TOP) and low <= max(a, b) <= high
    for terms in sequences("exponential", larger):
        differences = np.diff(terms).tolist()
        base = differences[1] // differences[0]
        a = differences[0] // (base - 1)
        b = terms[0] - a
        assert base in (2, 3) and abs(terms[-1] - (a * base ** (len(terms) - 1) + b)) <= 1e-4 * terms[-1] and low <= max(a, b) <= high
    for terms in sequences("periodic", larger):
        assert any(all(x == y for x, y in zip(terms, terms[p:], strict=False)) for p in range(2, 6))
        assert low <= max(terms) <= high
    for terms in sequences("prime", larger):
        k = PRIMES.index(terms[0])
        assert low <= k <= high and terms == PRIMES[k : k + len(terms)]
    for terms in sequences("modular", larger):
        laws = itertools.product(range(2 + low, 3 + high), range(2 * TOP + 1), range(2 * TOP + 1))
        assert any(terms == [(a * n * n + b * n + terms[0]) % m for n in range(len(terms))] for m, a, b in laws)


def test_bases_and_categories_all_come():
    growth = {round(terms[-1] / terms[-2]) for terms in sequences("exponential")}
    assert growth == {2, 3}
    examples = IntegerSequences().examples(jax.random.key(0), 50, larger=False)
    assert np.bincount(examples.y).tolist() == [10] * 5


@pytest.mark.parametrize("asks", ASKS[1:])
def test_questions(asks):
    """Of the same sequences, which the question `continuation` shows in full."""
    key = jax.random.key(1)
    whole, found = (IntegerSequences(asks=one, terms=TERMS).examples(key, 60, larger=False) for one in ("continuation", asks))
    if asks == "next":
        assert (found.y == whole.y[:, :1]).all() and (found.x == whole.x).all()
    if asks == "unmasking":
        hidden = np.asarray(found.x) == -1
        assert (hidden.sum(axis=1) == 1).all() and hidden.any(axis=0).all()
        assert (np.where(hidden, found.y, found.x) == whole.x).all()
    if asks == "similarity":
        first, second = np.asarray(found.x[:, :TERMS]), np.asarray(found.x[:, TERMS:])
        assert (first == whole.x).all() and np.bincount(found.y).tolist() == [30, 30]

        def prime(x):
            return [np.expm1(row).round().astype(int).tolist() in [PRIMES[k : k + TERMS] for k in range(12)] for row in x]

        alike = np.asarray(found.y) == 1
        assert (np.array(prime(first))[alike] == np.array(prime(second))[alike]).all()
        assert not (np.array(prime(first)) & np.array(prime(second)))[~alike].any()


def test_wrong_fields():
    with pytest.raises(Problem, match=r"IntegerSequences.asks: expected one of 'category'"):
        IntegerSequences(asks="name")
    with pytest.raises(Problem, match=r"IntegerSequences.terms: expected at least 5 terms, got 4"):
        IntegerSequences(terms=4)
