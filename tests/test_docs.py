"""The Python in the README and in the tutorials runs."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHORTER = ((r"steps=[\d_]+", "steps=20"), (r"\bp=97", "p=7"), (r"seeds=\d+", "seeds=2"), (r"\.run\(\)", ".run(jobs=1)"))


def blocks(page: Path) -> list[str]:
    return BLOCK.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=lambda page: page.name)
def test_the_code_of_a_page_runs_from_top_to_bottom(page, tmp_path):
    """In a process of its own, started from a file, as a reader would; only steps, table, seeds and processes are fewer."""
    code = "\n".join(blocks(page))
    for pattern, replacement in SHORTER:
        code = re.sub(pattern, replacement, code)
    script = tmp_path / "page.py"
    script.write_text(code, encoding="utf-8")
    env = os.environ | {"PYTHONPATH": str(ROOT / "src"), "PYTHONWARNINGS": "error"}
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]


def test_every_tutorial_is_there_and_shows_code():
    for name in ("add-a-task", "add-a-method", "add-a-measure", "add-a-paper"):
        assert blocks(ROOT / "docs" / f"{name}.md"), name


def test_links_between_pages_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            if not target.startswith("api/") and not target.endswith("grokking.png"):
                assert (page.parent / target).exists(), f"{page.name} → {target}"


def test_the_documentation_builds_without_a_warning(tmp_path):
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("api"))
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert "show_source: true" in settings
    (tmp_path / "mkdocs.yml").write_text(settings.replace("show_source: true", "show_source: false"), encoding="utf-8")  # colours are a quarter of the time
    subprocess.run([sys.executable, "docs/generate.py"], cwd=tmp_path, check=True)
    built = subprocess.run([sys.executable, "-m", "zensical", "build", "--strict"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert built.returncode == 0, built.stdout[-3000:] + built.stderr[-1000:]
    assert "unseen.study" in (tmp_path / "site" / "api" / "unseen.study.html").read_text(encoding="utf-8")
