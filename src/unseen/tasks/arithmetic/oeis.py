"""The sequences of the On-Line Encyclopedia of Integer Sequences, from its own file of them, which a user has downloaded."""

import gzip
import pathlib
import re
import zlib
from collections.abc import Iterator

from unseen._types import Problem

SOURCE = "https://oeis.org/stripped.gz"
LINE = re.compile(r"A(\d{6,}) ,(-?\d+(?:,-?\d+)*)?,")


def read_stripped(path: str | pathlib.Path) -> Iterator[tuple[int, list[int]]]:
    r"""Number and terms of each sequence of the file `stripped` or `stripped.gz`, in the order of the file.

    Lines are "A000045 ,0,1,1,2,3,5,8,": the number, then terms with a comma before and after each; those that begin with "#" are comments, and a sequence
    without terms yet is ",,". As of https://oeis.org/stripped.gz (licence CC BY-SA 4.0), and as the documentation of Math::OEIS::Stripped has it.

    Args:
        path: of the file, compressed or not.

    Raises:
        Problem: no such file; a line of another form, by its number; a compressed file that is cut short.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
    ...     _ = pathlib.Path(file.name).write_text("# OEIS Sequence Data\nA000040 ,2,3,5,7,11,\nA000045 ,0,1,1,2,3,5,8,\n")
    ...     list(read_stripped(file.name))
    [(40, [2, 3, 5, 7, 11]), (45, [0, 1, 1, 2, 3, 5, 8])]
    """
    file = pathlib.Path(path).expanduser()
    if not file.is_file():
        raise Problem(f"{file}: expected the file of OEIS's sequences, found none. Download {SOURCE} and give its path.")
    with file.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    try:
        with (gzip.open if packed else open)(file, "rt", encoding="utf-8", errors="replace") as lines:
            for at, line in enumerate(lines, start=1):
                text = line.rstrip()
                if not text or text.startswith("#"):
                    continue
                found = LINE.fullmatch(text)
                if not found:
                    raise Problem(f"{file}, line {at}: expected 'A000045 ,0,1,1,2,3,5,', got {text[:60]!r}. Download {SOURCE} again.")
                yield int(found[1]), [int(term) for term in (found[2] or "").split(",") if term]
    except (EOFError, gzip.BadGzipFile, zlib.error) as reason:
        raise Problem(f"{file}: expected a whole compressed file, got one that is cut short or damaged ({reason}). Download {SOURCE} again.") from reason
