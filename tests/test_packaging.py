"""What is declared, locked and packed is what the code needs."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "unseen"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def imported() -> set[str]:
    names = set()
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"unseen"}


def declared(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(text).name) for text in requirements}


def locked(name: str) -> dict[str, str]:
    return {canonicalize_name(package): version for package, version in re.findall(r"^([\w.-]+)==([^ ;]+)", (ROOT / name).read_text(), re.MULTILINE)}


def test_the_declared_dependencies_are_those_that_the_source_imports():
    extras = set().union(*map(declared, PROJECT["project"].get("optional-dependencies", {}).values()))
    provider = packages_distributions()
    used = {canonicalize_name(provider.get(name, [name])[0]) for name in imported()}
    core = declared(PROJECT["project"]["dependencies"])
    assert used - core - extras == set(), "imported, not declared"
    assert core - used == set(), "declared, not imported"
    assert extras - used == set(), "an extra that nothing imports"


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_the_lock_holds_hashes_and_no_place_of_its_own(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|--(extra-)?index-url|--find-links|\btorch\b|nvidia", text)
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert re.fullmatch(r"[\w.-]+==\S+( ; [^\\]+)? \\(\n    --hash=sha256:[0-9a-f]{64}( \\)?)+", entry.strip()), entry[:200]


def test_the_locks_satisfy_what_is_declared_and_agree():
    core, dev = locked("requirements.lock"), locked("requirements-dev.lock")
    groups = [text for group in PROJECT["dependency-groups"].values() for text in group if isinstance(text, str)]
    for text in PROJECT["project"]["dependencies"]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(core[canonicalize_name(requirement.name)]), text
    for text in PROJECT["project"]["dependencies"] + groups:
        requirement = Requirement(text)
        assert requirement.specifier.contains(dev[canonicalize_name(requirement.name)]), text
    assert core.items() <= dev.items()


def test_the_wheel_holds_every_file_of_the_package(tmp_path):
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {path.relative_to(ROOT / "src").as_posix() for path in SOURCE.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert wanted <= packed, wanted - packed
    assert any(name.endswith("entry_points.txt") for name in packed)


def test_the_makefile_and_ci_call_what_they_say():
    listed = subprocess.run(["make", "--no-print-directory", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert {"demo", "test", "docs", "bench", "check-all", "clean"} <= {line.split()[1] for line in listed.splitlines() if line.startswith("  make")}
    assert (ROOT / ".ci" / "run").read_text().rstrip().endswith("exec make test")
    subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], check=True)


def test_a_machine_without_a_suitable_python_hears_the_remedy(tmp_path):
    for name in ("sh", "awk", "sed"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}" if Path(f"/usr/bin/{name}").exists() else f"/bin/{name}")
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.1 && exit 0\nexit 1\n')
    old.chmod(0o755)
    tried = subprocess.run(
        ["sh", str(ROOT / ".ci" / "python"), "lowest"], env={"PATH": str(tmp_path), "HOME": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert tried.returncode == 1
    assert "Python 3.9.1" in tried.stderr
    assert "Remedy" in tried.stderr
