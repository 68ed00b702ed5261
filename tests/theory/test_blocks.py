import numpy as np
import pytest

from unseen.theory._blocks import BLOCK, normal_blocks


@pytest.mark.parametrize("numbers", [0, 1, BLOCK // 2, 2 * BLOCK])
def test_blocks_are_what_one_repetition_after_another_draws(numbers):
    rng, blocks = np.random.default_rng(1), list(normal_blocks(np.random.default_rng(1), 3, (numbers, 1), (2,), room=5))
    assert [i for block, _ in blocks for i in range(3)[block]] == [0, 1, 2]
    assert max(len(one[0]) for _, one in blocks) == (3 if numbers < 2 else 1)
    for _, (first, second) in blocks:
        for one, other in zip(first, second, strict=True):
            np.testing.assert_array_equal(one, rng.standard_normal((numbers, 1)))
            np.testing.assert_array_equal(other, rng.standard_normal(2))
