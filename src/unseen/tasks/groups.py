"""Finite groups as Cayley tables, and their irreducible representations by numerical decomposition of the regular representation."""

import functools
import itertools
import re
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Complex, Inexact, Int

from unseen._types import Problem


class Group(NamedTuple):
    """A finite group.

    Attributes:
        table: Cayley table, `table[a, b]` is the index of the product ab, shape [order, order].
        names: the elements' names, in the order of the table.
    """

    table: Int[np.ndarray, "n n"]
    names: tuple[str, ...]


def cyclic(n: int) -> Group:
    """The cyclic group C_n: addition modulo n.

    >>> cyclic(3).table.tolist()
    [[0, 1, 2], [1, 2, 0], [2, 0, 1]]
    """
    a = np.arange(n)
    return Group((a[:, None] + a) % n, tuple(map(str, a)))


def product(g: Group, h: Group) -> Group:
    """The direct product: pairs (a, b), element (a, b) at index a·|h| + b.

    >>> product(cyclic(2), cyclic(2)).table.tolist()
    [[0, 1, 2, 3], [1, 0, 3, 2], [2, 3, 0, 1], [3, 2, 1, 0]]
    """
    n, m = len(g.table), len(h.table)
    table = (g.table[:, None, :, None] * m + h.table[None, :, None, :]).reshape(n * m, n * m)
    return Group(table, tuple(f"({a},{b})" for a in g.names for b in h.names))


def dihedral(n: int) -> Group:
    """The dihedral group D_n of order 2n, the symmetries of the n-gon: r^i at index i, r^i s at index n + i.

    >>> group = dihedral(3)
    >>> group.names[group.table[3, 1]]  # s r = r⁻¹ s
    'r2s'
    """
    i, flip = np.tile(np.arange(n), 2), np.repeat([0, 1], n)
    turned = (i[:, None] + np.where(flip, -1, 1)[:, None] * i) % n
    names = tuple(f"r{k}" for k in range(n)) + tuple(f"r{k}s" for k in range(n))
    return Group(turned + n * (flip[:, None] ^ flip), names)


def _permutations(chosen: list[tuple[int, ...]]) -> Group:
    place = {permutation: index for index, permutation in enumerate(chosen)}
    table = np.array([[place[tuple(a[i] for i in b)] for b in chosen] for a in chosen])
    return Group(table, tuple("".join(map(str, permutation)) for permutation in chosen))


def symmetric(n: int) -> Group:
    """The symmetric group S_n: permutations in lexicographic order; the product ab applies b first.

    >>> symmetric(3).names
    ('012', '021', '102', '120', '201', '210')
    """
    return _permutations(list(itertools.permutations(range(n))))


def alternating(n: int) -> Group:
    """The alternating group A_n: the even permutations in lexicographic order; the product ab applies b first.

    >>> alternating(3).names
    ('012', '120', '201')
    """
    even = [q for q in itertools.permutations(range(n)) if sum(a > b for a, b in itertools.combinations(q, 2)) % 2 == 0]
    return _permutations(even)


def quaternion() -> Group:
    """The quaternion group Q8 = {1, i, j, k, -1, -i, -j, -k}, with i² = j² = k² = ijk = -1.

    >>> group = quaternion()
    >>> [group.names[group.table[a, b]] for a, b in ((1, 1), (1, 2), (2, 1))]  # i i, i j, j i
    ['-1', 'k', '-k']
    """
    unit = np.array([[0, 1, 2, 3], [1, 0, 3, 2], [2, 3, 0, 1], [3, 2, 1, 0]])
    minus = np.array([[0, 0, 0, 0], [0, 1, 0, 1], [0, 1, 1, 0], [0, 0, 1, 1]])
    sign = np.array([[0, 1], [1, 0]])
    table = unit[None, :, None, :] + 4 * (minus[None, :, None, :] ^ sign[:, None, :, None])
    return Group(table.reshape(8, 8), ("1", "i", "j", "k", "-1", "-i", "-j", "-k"))


@functools.cache
def named(name: str) -> Group:
    """A group by its name: C31, D12 (order 24), S5, A5, Q8, and direct products such as C2xC3.

    Raises:
        Problem: when the name is none of these.

    >>> len(named("S4").names), len(named("C2xD3").names)
    (24, 12)
    """
    makers = {"C": cyclic, "D": dihedral, "S": symmetric, "A": alternating}
    factors = []
    for part in name.split("x"):
        found = re.fullmatch(r"([CDSA])([1-9]\d*)", part)
        if part != "Q8" and not found:
            raise Problem(f"group {name!r}: expected C<n>, D<n>, S<n>, A<n>, Q8 or a product such as C2xC3, got {part!r}.")
        factors.append(makers[found[1]](int(found[2])) if found else quaternion())
    return functools.reduce(product, factors)


def is_group(table: Int[np.ndarray, "n m"]) -> bool:
    """Whether a table is a group's: entries 0..n-1, an identity, inverses, associativity (all n³ triples are checked).

    >>> is_group(cyclic(3).table), is_group(np.array([[0, 1], [1, 1]]))
    (True, False)
    """
    table = np.asarray(table)
    n = len(table)
    if table.shape != (n, n) or not np.isin(table, np.arange(n)).all():
        return False
    neutral = (table == np.arange(n)).all(axis=1) & (np.arange(n) == table.T).all(axis=1)
    if neutral.sum() != 1:
        return False
    e = neutral.argmax()
    invertible = ((table == e) & (e == table.T)).any(axis=1).all()
    return bool(invertible and all((table[table[a]] == table[a][table]).all() for a in range(n)))


def inverses(table: Int[np.ndarray, "n n"]) -> Int[np.ndarray, " n"]:
    """The index of each element's inverse.

    >>> inverses(cyclic(4).table).tolist()
    [0, 3, 2, 1]
    """
    e = (table == np.arange(len(table))).all(axis=1).argmax()
    return (table == e).argmax(axis=1)


def conjugate(table: Int[np.ndarray, "n n"]) -> Bool[np.ndarray, "n n"]:
    """Which pairs of elements are conjugate: a = g b g⁻¹ for some g.

    >>> conjugate(symmetric(3).table).sum(axis=1).tolist()  # classes of 1, of 3 swaps, of 2 turns
    [1, 3, 3, 2, 2, 3]
    """
    g, inverse = np.arange(len(table)), inverses(table)
    orbits = table[table, inverse[:, None]]  # [g, b] = g b g⁻¹
    same = np.zeros(table.shape, bool)
    same[orbits, np.broadcast_to(g, table.shape)] = True
    return same


def _invariant_spaces(table: Int[np.ndarray, "n n"], c: Inexact[np.ndarray, " n"]) -> list[Inexact[np.ndarray, "n _"]]:
    """Eigenspaces of the Hermitian part of R(c) = Σ_g c_g R_g, which commutes with left multiplication."""
    n = len(table)
    right = np.zeros((n, n), c.dtype)
    right[np.arange(n)[:, None], table] = c
    values, vectors = np.linalg.eigh(right + right.conj().T)
    cuts = np.flatnonzero(np.diff(values) > 1e-8 * np.abs(values).max()) + 1
    return np.split(vectors, cuts, axis=1)


def irreps(table: Int[np.ndarray, "n n"], seed: int = 0) -> list[Inexact[np.ndarray, "n _ _"]]:
    """One unitary matrix representation of each irreducible class of any finite group: ρ[a] ρ[b] = ρ[ab].

    The eigenspaces of a random Hermitian operator that commutes with the left regular representation are irreducible with
    probability one (Dixon 1970, "Computing irreducible representations of groups"). Representations of real type are returned as real
    orthogonal matrices, the others as complex unitary ones. The trivial one is first, then by dimension.

    Args:
        table: Cayley table of a group.
        seed: of the random operator; another seed gives equivalent representations in another basis.

    Returns:
        Arrays [order, d, d] with Σ d² = order.

    Raises:
        Problem: when the table is not a group's.

    >>> [r.shape[1] for r in irreps(symmetric(3).table)]
    [1, 1, 2]
    """
    table = np.asarray(table)
    if not is_group(table):
        raise Problem("irreps(table): expected the Cayley table of a group, got one that breaks the group axioms. Check it with is_group(table).")
    n, generator = len(table), np.random.default_rng(seed)
    real = generator.normal(size=n)
    spaces = _invariant_spaces(table, real) + _invariant_spaces(table, real + 1j * generator.normal(size=n))
    found, characters = [], np.zeros((0, n), complex)
    for basis in spaces:  # real ones first, so that a representation of real type is kept in its real form
        moved = basis[table[inverses(table)]]  # [g, x] = basis[g⁻¹ x]
        rho = np.einsum("xi,gxj->gij", basis.conj(), moved)
        character = np.einsum("gii->g", rho)
        irreducible = np.isclose(np.mean(np.abs(character) ** 2), 1.0, atol=1e-6)
        if irreducible and not np.isclose(np.abs(characters @ character.conj()) / n, 1.0, atol=1e-6).any():
            found.append(rho)
            characters = np.vstack([characters, character])
    order = sorted(range(len(found)), key=lambda r: (found[r].shape[1], *(-np.round(characters[r].real, 6)), *(-np.round(characters[r].imag, 6))))
    return [found[r] for r in order]


def characters(representations: list[Inexact[np.ndarray, "n _ _"]]) -> Complex[np.ndarray, "irreps n"]:
    """The character table over elements: χ_ρ(g) = tr ρ(g), rows in the order of `representations`.

    >>> table = characters(irreps(symmetric(3).table)).real.round().astype(int)
    >>> table[:, [0, 1, 3]].tolist()  # of the identity, a swap, a turn
    [[1, 1, 1], [1, -1, 1], [2, 0, -1]]
    """
    return np.stack([np.einsum("gii->g", rho).astype(complex) for rho in representations])
