"""The shape of the source tree: layers, sizes, randomness, pickles, docstrings, paths. Each rule is shown to notice a violation."""

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "unseen"

LAYERS: tuple[tuple[str, ...], ...] = (
    ("_problem", "_text"),
    ("_types", "_text"),
    ("stats",),
    ("tasks", "models", "methods"),
    ("engine",),
    ("study",),
    ("measures", "bounds", "explanations", "theory"),
    ("audits",),
    ("evidence",),
    ("claim",),
    ("",),  # unseen/__init__ hands on the nouns
    ("studies", "report", "catalogue"),
    ("atlas",),
    ("cli", "_commands"),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
IGNORANT = {"tasks", "models", "methods"}
COMPONENTS = {"tasks", "models", "methods", "measures", "bounds", "explanations", "theory", "audits"}
PICKLES = {"pickle", "_pickle", "cloudpickle", "dill", "shelve", "marshal", "joblib"}
CLOUDPICKLE = {"engine/workers.py", "engine/cluster.py", "_commands/sources.py"}  # between processes that we started ourselves, never from a file
GENERATORS = {"default_rng", "Generator", "SeedSequence", "PCG64"}
MACHINE_PATHS = re.compile(r"(?<![\w.:/}$-])/(?:" + "|".join(("work", "tmp", "root", "opt", "home", "Users")) + r")/")


def imports(tree: ast.AST) -> Iterator[str]:
    """Absolute names of everything imported, at whatever depth; relative imports keep their dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ("." * node.level + ".".join(filter(None, (node.module, alias.name))) for alias in node.names)


def layer(name: str) -> str:
    """`unseen.engine.plan.Cell` → `engine`; a name handed on by `unseen` itself → ``."""
    first = [*name.split("."), ""][1]
    return first if first in RANK or (SOURCE / first).exists() or (SOURCE / f"{first}.py").exists() else ""


def forbidden_imports(path: str, source: str) -> list[str]:
    """Imports of the file at `path` (relative to src/unseen) that go against the order of the layers."""
    own = "" if path == "__init__.py" else path.split("/")[0].removesuffix(".py")
    if own not in RANK:
        return [f"{path}: no layer is called {own!r}"]
    found = []
    for name in imports(ast.parse(source)):
        if name.startswith("."):
            found.append(f"{path}: relative import {name}")
        if name.split(".")[0] != "unseen" or not own:
            continue
        other = layer(name)
        if other not in RANK or RANK[other] > RANK[own] or other == "atlas" or (own != other and {own, other} <= IGNORANT):
            found.append(f"{path}: imports {name}")
    return found


def code_lines(source: str) -> set[int]:
    """Numbers of the lines that hold code: no blanks, comments, docstrings."""
    skip = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER, tokenize.ENCODING}
    tokens = [token for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type not in skip]
    lines = {line for token in tokens for line in range(token.start[0], token.end[0] + 1)}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines -= set(range(node.lineno, node.end_lineno + 1))
    return lines


def too_long(path: str, source: str) -> list[str]:
    """Files and functions above their limit of code lines."""
    lines, found = code_lines(source), []
    top = path.split("/")[0]
    limit = 80 if top == "atlas" else 150 if top in COMPONENTS else None
    if limit and len(lines) > limit:
        found.append(f"{path}: {len(lines)} lines of code, at most {limit}")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = len(lines & set(range(node.lineno, node.end_lineno + 1)))
            if size > 40:
                found.append(f"{path}: {node.name} has {size} lines of code, at most 40")
    return found


def hidden_state(path: str, source: str) -> list[str]:
    """Global randomness and pickles."""
    tree, found = ast.parse(source), []
    for name in imports(tree):
        root = name.split(".")[0]
        if root == "random" or name.startswith("numpy.random."):
            found.append(f"{path}: imports {name}; take a key or a np.random.Generator")
        if root in PICKLES and not (root == "cloudpickle" and path in CLOUDPICKLE):
            found.append(f"{path}: imports {name}; nothing is ever unpickled")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("np.random", "numpy.random") and node.attr not in GENERATORS:
            found.append(f"{path}: {ast.unparse(node)} is global random state")
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("random.default_rng") and not node.args:
            found.append(f"{path}: default_rng() without a seed")
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle" and ast.unparse(node.value) != "False":
            found.append(f"{path}: allow_pickle")
    return found


def undocumented(path: str, source: str) -> list[str]:
    """Public modules, functions, classes and methods without a docstring. A method that a base class documents needs none."""

    def walk(node: ast.Module | ast.ClassDef, name: str, inherits: bool) -> Iterator[str]:
        if not ast.get_docstring(node):
            yield name
        for child in node.body:
            if isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
                yield from walk(child, f"{name}: {child.name}", any(ast.unparse(base) not in ("eqx.Module", "Exception") for base in child.bases))
            if isinstance(child, ast.FunctionDef) and not (child.name.startswith("_") or inherits or ast.get_docstring(child)):
                yield f"{name}: {child.name}"

    return list(walk(ast.parse(source), path, False))


def not_only_a_docstring(path: str, source: str) -> list[str]:
    """Package files that hold more than a docstring; `unseen/__init__.py` may."""
    if not path.endswith("/__init__.py"):
        return []
    body = ast.parse(source).body
    return [] if len(body) == 1 and ast.get_docstring(ast.parse(source)) else [f"{path}: a package file holds a docstring and nothing else"]


RULES = (forbidden_imports, too_long, hidden_state, undocumented, not_only_a_docstring)
FILES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_source_keeps_the_rule(rule):
    assert len(FILES) > 20
    found = [problem for file in FILES for problem in rule(file.relative_to(SOURCE).as_posix(), file.read_text(encoding="utf-8"))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (forbidden_imports, "tasks/x.py", "from unseen.models.mlp import MLP"),
        (forbidden_imports, "methods/update/x.py", "def f():\n    import unseen.tasks.task"),
        (forbidden_imports, "engine/x.py", "from unseen.study import Study"),
        (forbidden_imports, "engine/x.py", "from unseen import study"),
        (forbidden_imports, "measures/x.py", "from unseen import Study"),
        (forbidden_imports, "measures/x.py", "from unseen.claim import Claim"),
        (forbidden_imports, "atlas/grokking/x.py", "from unseen.atlas.grokking.y import study"),
        (forbidden_imports, "cli.py", "from unseen.atlas.grokking import y"),
        (forbidden_imports, "_types.py", "import unseen.stats"),
        (forbidden_imports, "tasks/x.py", "from .task import Task"),
        (forbidden_imports, "helpers/x.py", ""),
        (too_long, "tasks/x.py", "x = 1\n" * 151),
        (too_long, "atlas/grokking/x.py", "x = 1\n" * 81),
        (too_long, "engine/x.py", "def f():\n" + "    x = 1\n" * 40),
        (hidden_state, "tasks/x.py", "import pickle"),
        (hidden_state, "engine/store.py", "import cloudpickle"),
        (hidden_state, "tasks/x.py", "np.random.normal(3)"),
        (hidden_state, "tasks/x.py", "np.random.default_rng()"),
        (hidden_state, "tasks/x.py", "from numpy.random import rand"),
        (hidden_state, "tasks/x.py", "import random"),
        (hidden_state, "tasks/x.py", "np.load(f, allow_pickle=True)"),
        (undocumented, "tasks/x.py", "x = 1"),
        (undocumented, "tasks/x.py", '"""A."""\ndef f(): ...'),
        (undocumented, "tasks/x.py", '"""A."""\nclass A:\n    """B."""\n    def f(self): ...'),
        (not_only_a_docstring, "tasks/__init__.py", '"""A."""\nfrom unseen.tasks.task import Task'),
        (not_only_a_docstring, "tasks/__init__.py", ""),
    ],
)
def test_each_rule_notices_a_violation(rule, path, source):
    assert rule(path, source)


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (forbidden_imports, "cli.py", "from unseen.study import Study\nimport jax"),
        (forbidden_imports, "atlas/grokking/x.py", "from unseen import Study\nfrom unseen.claim import Claim"),
        (forbidden_imports, "bounds/x.py", "from unseen.measures import sharpness"),
        (too_long, "tasks/x.py", '"""Long.\n' + "\n" * 300 + '"""\n' + "# why\n\nx = 1\n" * 150),
        (too_long, "engine/x.py", "def f():\n" + "    x = 1\n" * 39),
        (hidden_state, "engine/workers.py", "import cloudpickle"),
        (hidden_state, "tasks/x.py", "np.random.default_rng(0)\njax.random.normal(key)"),
        (undocumented, "tasks/x.py", '"""A."""\nclass A(Task):\n    """B."""\n    def load(self): ...\ndef _f(): ...'),
        (not_only_a_docstring, "tasks/__init__.py", '"""A."""'),
    ],
)
def test_each_rule_lets_pass_what_is_fine(rule, path, source):
    assert not rule(path, source)


def test_no_folder_holds_more_than_45_modules():
    folders = {file.parent for file in FILES}
    crowded = {folder.name: n for folder in folders if (n := len([file for file in folder.glob("*.py") if file.name != "__init__.py"])) > 45}
    assert not crowded


def test_every_folder_with_modules_is_a_package():
    assert not [folder for folder in {file.parent for file in FILES} if not (folder / "__init__.py").exists()]


def test_tests_can_be_collected_without_pytorch():
    """Those that need it ask by `pytest.importorskip`, where they need it."""

    def names(node: ast.stmt) -> list[str]:
        return [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names] if isinstance(node, ast.Import) else []

    files = {path: ast.parse(path.read_text(encoding="utf-8")).body for path in (ROOT / "tests").rglob("*.py")}
    assert not [path.name for path, body in files.items() if any(name.split(".")[0] == "torch" for node in body for name in names(node))]


def kept_files() -> list[Path]:
    """Every file that belongs to the project: what git tracks or would."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_names_a_path_of_somebodys_machine():
    found = []
    for path in kept_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}:{i}: {line.strip()[:120]}" for i, line in enumerate(text.splitlines(), 1) if MACHINE_PATHS.search(line)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("text", ["open('{}x')", "at {}venv/bin", '"{}data"'])
def test_a_machine_path_is_noticed(text):
    assert MACHINE_PATHS.search(text.format("/" + "work/"))
    assert not MACHINE_PATHS.search("https://example.org/work/data and runs/work/x")
