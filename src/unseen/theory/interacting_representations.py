"""Two representations that learn side by side: whether they merge, under gradient flow of a smooth encoder and decoder."""

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike
from scipy.integrate import solve_ivp

from unseen._problem import Problem, number


def trajectory(
    times: ArrayLike, representation: float, output: float, alignment: float, *, target: float, encoder_rate: float = 1.0, decoder_rate: float = 1.0
) -> Float[np.ndarray, "3 t"]:
    """(h, y, w) of two inputs at the given times: h = |dh|² between their representations, y = |dy|² between their outputs, w = dy·(dy - dy*).

    With a the encoder's and b the decoder's rate and t = |dy*|² between the targets,
    h' = -a w, y' = -w (b h + a y/h), w' = -(3w - y + t) b h / 2 - (y + w) a w / (2 h).

    It is the flow of a decoder D that acts on the difference, dy = D dh, and of an encoder whose difference is free,
    D' = -b/2 (dy - dy*) dhᵀ and dh' = -a/2 Dᵀ(dy - dy*), where D has the rank 1 of dy dhᵀ/|dh|² at the start, and so ever after. Of van Rossem & Saxe
    (2024), "When Representations Align" (arXiv 2402.09142), for hidden layers that are not strongly constrained; used for the states of a recurrent
    network after two strings in their "Algorithm Development in Neural Networks" (2025). The rates are effective ones (a is proportional
    to the squared distance of the inputs): the papers fit them. As in the code of the latter (`source/simulate.py`), and derived again here. It is solved
    for dh = r e and D = d eᵀ with a fixed unit vector e, where nothing is divided by h.

    Args:
        times: increasing, from 0 on.
        representation: h(0), above 0.
        output: y(0), at least 0.
        alignment: w(0), between y - √(y t) and y + √(y t).
        target: t, at least 0; 0 for inputs that shall be answered alike.
        encoder_rate: a, above 0.
        decoder_rate: b, above 0.

    Raises:
        Problem: numbers that no two points have, times that do not increase from 0 on, or equations that the solver gives up.

    >>> trajectory([0.0, 50.0], 1.0, 2.0, 2.0, target=0.0)[0].round(3).tolist()  # alike, by a strong decoder: they merge
    [1.0, 0.0]
    """
    _possible(representation, output, alignment, target, encoder_rate, decoder_rate)
    times, start = np.asarray(times, float), np.sqrt(representation)
    if times.ndim != 1 or not times.size or not np.isfinite(times).all() or not (np.diff(times) > 0).all() or times[0] < 0 or times[-1] == 0:
        raise Problem(f"times: expected finite numbers that increase from 0 on, the last above 0, got {times!r}.")
    aim = np.array([np.sqrt(target), 0.0])
    along = (output - alignment) / aim[0] if target else np.sqrt(output)  # dy in the plane of dy and dy*, whose first axis is dy*
    across = np.sqrt(max(output - along**2, 0.0))

    def slope(_: float, state: np.ndarray) -> np.ndarray:
        r, d = state[0], state[1:]
        error = r * d - aim
        return np.concatenate([[-encoder_rate / 2 * d @ error], -decoder_rate / 2 * r * error])

    found = solve_ivp(slope, (0.0, times[-1]), [start, along / start, across / start], t_eval=times, method="LSODA", rtol=1e-10, atol=1e-12)
    if not found.success:
        raise Problem(f"times: the equations could not be solved up to {float(times[-1])!r}: {found.message}")
    r, *d = found.y
    output_now = r**2 * (d[0] ** 2 + d[1] ** 2)
    return np.stack([r**2, output_now, output_now - r * d[0] * aim[0]])


def final_distance(representation: float, output: float, *, target: float, encoder_rate: float = 1.0, decoder_rate: float = 1.0) -> float:
    """The distance |dh|² when the targets are met, h∞ = a/2 (C + √(C² + 4t/(a b))), by the conserved C = h/a - (y/h)/b.

    For inputs with one target, t = 0, this is max(a C, 0): they merge exactly when h(0)²/a ≤ y(0)/b, where the decoder is at first the stronger layer,
    and else keep the distance h(0) - a y(0)/(b h(0)). Arguments as of `trajectory`.

    >>> final_distance(1.0, 2.0, target=0.0), final_distance(1.0, 0.25, target=0.0)
    (0.0, 0.75)
    """
    _possible(representation, output, output, target, encoder_rate, decoder_rate)
    conserved = representation / encoder_rate - output / representation / decoder_rate
    return float(encoder_rate / 2 * (conserved + np.sqrt(conserved**2 + 4 * target / (encoder_rate * decoder_rate))))


def _possible(representation: float, output: float, alignment: float, target: float, encoder_rate: float, decoder_rate: float) -> None:
    number(representation=representation, output=output, alignment=alignment, target=target, encoder_rate=encoder_rate, decoder_rate=decoder_rate)
    if not np.isfinite([representation, output, alignment, target, encoder_rate, decoder_rate]).all():
        raise Problem("representation, output, alignment, target, encoder_rate, decoder_rate: expected finite numbers, got some that are not.")
    if not (representation > 0 and encoder_rate > 0 and decoder_rate > 0 and output >= 0 and target >= 0):
        told = f"{representation!r}, {encoder_rate!r}, {decoder_rate!r}, {output!r}, {target!r}"
        raise Problem(f"representation, encoder_rate, decoder_rate, output, target: expected three numbers above 0 and two of at least 0, got {told}.")
    if abs(alignment - output) > np.sqrt(output * target) * (1 + 1e-9):
        raise Problem(f"alignment: expected dy·(dy - dy*) within {output!r} ± √(output · target), got {alignment!r}.")
