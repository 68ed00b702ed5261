import os
import subprocess
import sys
import time

import pytest

from unseen.engine import definitions
from unseen.engine.code import code_version

BASE = '''
"""About the module."""
import math
from helper import shared as renamed
import package.inner as inner
SCALE = 2.0

class Base:
    """A base."""
    def method(self):
        return SCALE

def deep(x):
    """Deep."""
    return x * SCALE  # a comment

def used(x):
    return deep(x) + renamed(x) + inner.answer() + math.pi

class Thing(Base):
    factor: float = 1.0

    def __call__(self, x):
        """What it does."""
        return used(x)

def unrelated():
    return 0
'''
HELPER = "from package import again\ndef shared(x):\n    return again(x)\ndef aside():\n    return 1\n"
INNER = "from .other import answer\n"
OTHER = "def answer():\n    return ping()\ndef ping():\n    return pong()\ndef pong():\n    return ping()\ndef quiet():\n    return 1\n"


@pytest.fixture
def tree(tmp_path):
    def write(**changes):
        texts = {
            "base": BASE,
            "helper": HELPER,
            "package/__init__": "from package.other import ping as again\n",
            "package/inner": INNER,
            "package/other": OTHER,
        } | changes
        for name, text in texts.items():
            path = tmp_path / f"{name}.py"
            path.parent.mkdir(exist_ok=True)
            if not path.exists() or path.read_text() != text:
                path.write_text(text)
                os.utime(path, ns=(time.time_ns(), time.time_ns()))
        return tmp_path / "base.py"

    return write


def version(path, name="Thing"):
    """What `name` of the file rests on: everything else of the file is stopped at by asking for a file that only uses it."""
    probe = path.parent / "probe.py"
    probe.write_text(f"from base import {name}\nprobe = {name}\n")
    return code_version(probe)


def test_everything_reached_is_there_and_nothing_else(tree):
    assert set(version(tree())) == {
        "base:Base", "base:SCALE", "base:Thing", "base:deep", "base:used", "helper:shared",
        *("package.other:answer", "package.other:ping", "package.other:pong"), "probe:probe",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"""About the module."""', '"""Something else."""'),
        ('"""Deep."""', '"""Deeper, and much longer."""'),
        ('    """Deep."""\n', ""),
        ('"""What it does."""', '"""?"""'),
        ("  # a comment", ""),
        ("x * SCALE", "( x *\n        SCALE )"),
        ("\nSCALE = 2.0", "\n\n\nSCALE = 2.0"),
        ("def unrelated():\n    return 0", "def unrelated():\n    return 1"),
        ("def unrelated", "def renamed_too(): ...\n\ndef unrelated"),
        ("import math\n", "import math\nimport os\n"),
    ],
)
def test_what_changes_no_number_changes_nothing(tree, before, after):
    first = version(tree())
    assert before in BASE
    assert version(tree(base=BASE.replace(before, after))) == first


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"base": BASE.replace("x * SCALE", "x + SCALE")}, {"base:deep"}),
        ({"base": BASE.replace("SCALE = 2.0", "SCALE = 2")}, {"base:SCALE"}),
        ({"base": BASE.replace("return SCALE\n", "return -SCALE\n")}, {"base:Base"}),
        ({"base": BASE.replace("factor: float = 1.0", "factor: float = 3.0")}, {"base:Thing"}),
        ({"helper": HELPER.replace("again(x)", "2 * again(x)")}, {"helper:shared"}),
        ({"package/other": OTHER.replace("return pong()", "return 1 + pong()")}, {"package.other:ping"}),
        ({"package/other": OTHER.replace("return ping()\ndef quiet", "return -ping()\ndef quiet")}, {"package.other:pong"}),
        ({"base": BASE + "\nSCALE += 1\n"}, {"base:SCALE"}),
        ({"base": BASE + "\nThing.factor = 5\n"}, {"base:Thing"}),
        ({"base": BASE + "\nprint(deep)\n"}, {"base:*"}),
    ],
)
def test_a_change_is_seen_where_it_is(tree, changes, expected):
    first, second = version(tree()), version(tree(**changes))
    assert {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)} == expected


def test_a_definition_reached_over_another_import_is_seen(tree):
    moved = version(tree(base=BASE.replace("from helper import shared as renamed", "from helper import aside as renamed")))
    assert "helper:aside" in moved
    assert "helper:shared" not in moved


def test_types_functions_and_specifications_as_roots():
    from unseen.tasks.operation_table import OperationTable

    by_name = code_version("unseen.tasks.operation_table:OperationTable")
    assert by_name == code_version(OperationTable) == code_version(OperationTable(p=5)) == code_version({"task": (OperationTable(),)})
    assert {"unseen.tasks.task:Task", "unseen.tasks.operation_table:OperationTable"} <= set(by_name)
    assert not any(name.startswith(("jax", "equinox", "numpy")) for name in by_name)


def test_stop_is_neither_counted_nor_followed(tree):
    tree()
    whole = code_version(tree())
    assert set(whole) - set(code_version(tree(), stop=["package"])) == {"package.other:answer", "package.other:ping", "package.other:pong"}
    assert set(whole) - set(code_version(tree(), stop=["base:SCALE"])) == {"base:SCALE"}


def test_definitions_without_a_file():
    space = {"__name__": "nowhere"}
    exec("def f(x):\n    return g(x)\ndef g(x):\n    return x + 1\n", space)
    changed = {"__name__": "nowhere"}
    exec("def f(x):\n    return g(x)\ndef g(x):\n    return x + 2\n", changed)
    assert code_version(space["g"]) != code_version(changed["g"])
    assert code_version(space["f"]) == code_version(changed["f"]) != {}


def test_lambdas_of_one_line_are_told_apart():
    space = {"__name__": "nowhere"}
    exec("pair = (lambda x: x + 1), (lambda x: x + 2)", space)
    assert code_version(space["pair"][0]) != code_version(space["pair"][1])


def test_what_was_compiled_from_a_string_is_not_taken_for_the_text_of_the_command():
    program = """
space = {"__name__": "nowhere"}
exec("one = lambda x: x + 1", space)
one = space.pop("one")
exec("two = lambda x: x + 2", space)
from unseen.engine.code import code_version
print(code_version(one) != code_version(space["two"]))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment).stdout == "True\n"


def test_no_jax_is_needed_and_a_damaged_memory_is_mended(tmp_path):
    program = (
        "import sys, json\nfrom unseen.engine.code import code_version\nfound = code_version('unseen.tasks.operation_table:OperationTable')\n"
        "assert 'jax' not in sys.modules and 'numpy' not in sys.modules\nprint(json.dumps(found))"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    environment.pop("UNSEEN_CACHE", None)

    def answer():
        return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment).stdout

    first = answer()
    memory = next(tmp_path.rglob("definitions-*.json"), None)
    for damage in ('{"', "[]", '{"a": 3}', ""):
        if memory is not None:
            memory.write_text(damage)
        assert answer() == first
    memory = memory or tmp_path / "unseen" / f"definitions-{definitions.VERSION}.json"
    memory.unlink(missing_ok=True)
    memory.parent.chmod(0o500) if memory.parent.exists() else None
    assert answer() == first


def test_unreadable_source_counts_as_one_definition(tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_text("def f(:\n")
    first = code_version(broken)
    broken.write_text("def g(:\n\n")
    assert list(first) == ["broken:*"]
    assert code_version(broken) != first
