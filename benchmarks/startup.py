"""Starting: imports, `unseen --help`, `unseen atlas`, and the second compilation of the same study against the first.

python benchmarks/startup.py
"""

import os
import subprocess
import sys
import tempfile
import time

STUDY = """
import dataclasses, time, recipes
from unseen.engine import machine
from unseen.engine.execute import Chunk, Mode, Session
machine.use_compilation_cache()
cell = recipes.same(2).cells()[0]
cost = Session().cost(Chunk((("x", cell),), Mode()))
print(cost.compile_seconds)
"""


def seconds(*command: str, times: int = 7) -> float:
    """Wall time of a whole process, the best of several."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        found.append(time.perf_counter() - began)
    return min(found)


def main() -> None:
    """Prints a line each."""
    bare = seconds(sys.executable, "-c", "pass")
    print(f"python {bare:.3f} s; import unseen {seconds(sys.executable, '-c', 'import unseen') - bare:.3f} s more")
    start = "from unseen.cli import main; main()"
    print(f"unseen --help {seconds(sys.executable, '-c', start, '--help'):.3f} s; unseen atlas {seconds(sys.executable, '-c', start, 'atlas'):.3f} s")
    with tempfile.TemporaryDirectory() as cache:
        variables = os.environ | {"UNSEEN_CACHE": cache, "PYTHONPATH": os.pathsep.join([os.path.dirname(os.path.abspath(__file__)), *sys.path])}
        first, second = (
            float(subprocess.run([sys.executable, "-c", STUDY], env=variables, check=True, capture_output=True, text=True).stdout) for _ in range(2)
        )
    print(f"trace, compile and first look: {first:.2f} s, on the second start {second:.2f} s: {second / first:.2f}")


if __name__ == "__main__":
    main()
