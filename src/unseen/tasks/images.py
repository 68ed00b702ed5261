"""Images of digits: the set bundled with scikit-learn, and IDX files (MNIST and its kin) from a folder of the user's own."""

import gzip
import pathlib
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree, UInt8

from unseen._types import Classes, Examples, Over, Problem, Reals, expect
from unseen.tasks.task import Task

Images = tuple[Float[Array | np.ndarray, "n rows columns"], Int[Array | np.ndarray, " n"]]


def _divide(data: Images, key: PRNGKeyArray, train_size: int, test_size: int) -> dict[str, Examples]:
    images, labels = (jnp.asarray(part) for part in data)
    order = jax.random.permutation(key, len(labels))[: train_size + test_size]
    parts = {"train": order[:train_size], "test": order[train_size:]}
    return {name: Examples(images[part], labels[part]) for name, part in parts.items()}


class Digits(Task):
    """The 1797 images of 8 × 8 pixels in [0, 1] bundled with scikit-learn, ten classes, divided at random.

    Attributes:
        train_size: training images.
        test_size: test images.

    >>> task = Digits(train_size=100)
    >>> task.splits(jax.random.key(0), task.load())["train"].x.shape
    (100, 8, 8)
    """

    train_size: int = eqx.field(static=True, default=1000)
    test_size: int = eqx.field(static=True, default=797)

    unseen: ClassVar[dict[str, str]] = {"test": "images never seen"}

    def __check_init__(self) -> None:
        expect(self, train_size=(lambda n: n >= 1, "at least one image"), test_size=(lambda n: n >= 1, "at least one image"))
        if not isinstance(self.train_size, Over) and not isinstance(self.test_size, Over) and self.train_size + self.test_size > 1797:
            raise Problem(f"Digits.train_size + test_size: expected at most 1797, got {self.train_size + self.test_size}. Take fewer.")

    @property
    def inputs(self) -> Reals:
        """8 × 8 pixels."""
        return Reals((8, 8))

    @property
    def outputs(self) -> Classes:
        """Ten digits."""
        return Classes(10)

    def load(self) -> Images:
        """All images and labels."""
        from sklearn.datasets import load_digits

        pixels, labels = load_digits(return_X_y=True)
        return (pixels.reshape(-1, 8, 8) / 16).astype(np.float32), labels.astype(np.int32)

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """A random division of `load()`."""
        return _divide(self.load() if data is None else data, key, self.train_size, self.test_size)


def read_idx(path: pathlib.Path) -> UInt8[np.ndarray, "..."]:
    """An array of bytes from an IDX file, compressed (.gz) or not: 0 0 8 rank, then the sizes as 4-byte big-endian integers, then the data.

    Raises:
        Problem: when the file is not in this format or is cut short.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = pathlib.Path(file.name).write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4]))
    ...     read_idx(pathlib.Path(file.name)).tolist()
    [5, 0, 4]
    """
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if len(raw) < 4 or raw[:3] != b"\0\0\x08":
        raise Problem(f"{path}: expected an IDX file of unsigned bytes (first bytes 0, 0, 8), got {raw[:4]!r}. Fetch the file again.")
    sizes = np.frombuffer(raw, ">i4", count=raw[3], offset=4)
    expected = int(sizes.prod(dtype=np.int64))
    body = np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3])
    if body.size != expected:
        raise Problem(f"{path}: expected {expected} bytes of data, got {body.size}. The file is cut short; fetch it again.")
    return body.reshape(sizes)


class IdxImages(Task):
    """Images from `*-images-idx3-ubyte[.gz]` and `*-labels-idx1-ubyte[.gz]` in a folder (MNIST, Fashion-MNIST, KMNIST …), in [0, 1].

    All files found are pooled and divided at random.

    Attributes:
        folder: where the files are.
        train_size: training images.
        test_size: test images.
        shape: rows and columns of an image.
        classes: number of classes; labels are 0..classes-1.

    Raises:
        Problem: by `load`, when the folder has no such files, or too few images, or images of another shape.

    >>> IdxImages(folder="nowhere").load()
    Traceback (most recent call last):
    unseen._problem.Problem: IdxImages.folder: expected *-images-idx3-ubyte.gz in nowhere, found none. Put the four MNIST files there, or name their folder.
    """

    folder: str = eqx.field(static=True, default="mnist")
    train_size: int = eqx.field(static=True, default=1000)
    test_size: int = eqx.field(static=True, default=1000)
    shape: tuple[int, int] = eqx.field(static=True, default=(28, 28))
    classes: int = eqx.field(static=True, default=10)

    unseen: ClassVar[dict[str, str]] = {"test": "images never seen"}

    def __check_init__(self) -> None:
        expect(
            self,
            train_size=(lambda n: n >= 1, "at least one image"),
            test_size=(lambda n: n >= 1, "at least one image"),
            classes=(lambda c: c >= 2, "at least two classes"),
        )

    @property
    def inputs(self) -> Reals:
        """Pixels."""
        return Reals(tuple(self.shape))

    @property
    def outputs(self) -> Classes:
        """The labels."""
        return Classes(self.classes)

    def load(self) -> Images:
        """All images and labels in the folder."""
        folder = pathlib.Path(self.folder).expanduser()
        named = {path.name.removesuffix(".gz"): path for path in sorted(folder.glob("*-images-idx3-ubyte*"))}
        found = [path for name, path in named.items() if name.endswith("-ubyte")]  # a file that is there twice, packed and not, is read once
        if not found:
            raise Problem(f"IdxImages.folder: expected *-images-idx3-ubyte.gz in {folder}, found none. Put the four MNIST files there, or name their folder.")
        pairs = [(path, path.with_name(path.name.replace("-images-idx3", "-labels-idx1"))) for path in found]
        for _, labels in pairs:
            if not labels.exists():
                raise Problem(f"IdxImages.folder: expected {labels.name} beside the images in {folder}, found none. Put it there.")
        images, labels = (np.concatenate([read_idx(pair[side]) for pair in pairs]) for side in (0, 1))
        if images.shape[1:] != tuple(self.shape) or labels.max() >= self.classes or len(images) != len(labels):
            got = f"{len(images)} images of {images.shape[1:]}, {len(labels)} labels up to {labels.max()}"
            raise Problem(f"IdxImages: expected images of {tuple(self.shape)}, as many labels below {self.classes}, got {got}. Set shape and classes.")
        if self.train_size + self.test_size > len(images):
            asked = self.train_size + self.test_size
            raise Problem(f"IdxImages.train_size + test_size: expected at most the {len(images)} images of {folder}, got {asked}. Take fewer.")
        return (images / 255).astype(np.float32), labels.astype(np.int32)

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """A random division of `load()`."""
        return _divide(self.load() if data is None else data, key, self.train_size, self.test_size)
