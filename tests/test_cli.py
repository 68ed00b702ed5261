import ast
import errno
import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import unseen
from unseen import catalogue
from unseen._commands import sources
from unseen.cli import COMMANDS, main
from unseen.engine import durable, machine
from unseen.engine.store import Store

STUDY = """
from unseen import Method, Study, over
from unseen.methods.update.adamw import AdamW
from unseen.models.mlp import MLP
from unseen.tasks.operation_table import OperationTable

study = Study(OperationTable(p=5), MLP(hidden=(4,)), Method(update=AdamW(weight_decay=over(0.0, 1.0))), steps=3, seeds=2)
full = {"steps": 5}
"""
CLAIM = '''"""A title.

Claim: larger is larger.
"""
import numpy as np
from unseen import Claim, Computation
from unseen.claim import Contrast

def fn(lab, shift):
    return np.arange(5) / 10 + shift, np.arange(5) / 10

def evidence(result):
    return Contrast(*result, minimal=0.1)

claim = Claim(study=Computation(fn, shift=1.0), evidence=evidence, control={"shift": 0.0})
'''


@pytest.fixture
def call(capsys, monkeypatch, tmp_path):
    """Calls the command line in a folder of its own; gives exit code, output and errors."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert "\x1b" not in out + err
        return left.value.code, out, err

    return run


@pytest.fixture
def atlas(tmp_path, monkeypatch):
    row = {"title": "T", "kind": "theory", "build": "B", "claim": 'a """C""" \\d', "check": "K", "core": 3, "group": "g", "deps": []}
    rows = [row | {"key": key, "feasible": "no" if key == "nothing" else "full"} for key in ("right", "wrong", "raises", "absent", "nothing", "unfinished")]
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / "family.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    (tmp_path / "family").mkdir()
    (tmp_path / "family" / "right.py").write_text(CLAIM)
    monkeypatch.setattr(catalogue, "ATLAS", tmp_path)
    catalogue.rows.cache_clear()
    yield tmp_path
    catalogue.rows.cache_clear()
    for name in [name for name in sys.modules if name.startswith("unseen.atlas.family")]:
        del sys.modules[name]


@pytest.mark.parametrize("words", [["--help"], ["atlas"], ["atlas", "--json"], ["run", "--help"], ["check", "--help"], ["nonsense"], ["--version"]])
def test_no_jax_is_imported_to_list_and_to_help(words):
    program = f"import sys\nfrom unseen.cli import main\ntry:\n    main({words!r})\nfinally:\n    assert not {{'jax', 'numpy', 'rich'}} & sys.modules.keys()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == (2 if words == ["nonsense"] else 0), done.stderr
    assert "Traceback" not in done.stderr


def test_importing_the_package_imports_nothing_heavy_and_gives_the_nouns():
    program = "import sys, unseen\nassert not {'jax', 'numpy', 'equinox'} & sys.modules.keys()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
    assert all(getattr(unseen, name).__module__.startswith("unseen.") for name in dir(unseen) if name != "__version__")
    assert {"Task", "Model", "Method", "Study", "Claim", "Runs", "Verdict", "over"} <= set(dir(unseen))
    with pytest.raises(AttributeError):
        unseen.nonsense  # noqa: B018


def test_what_the_type_checker_sees_is_what_is_given():
    tree = ast.parse(Path(unseen.__file__).read_text())
    seen = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module.startswith("unseen.")
        for alias in node.names
    }
    assert seen == unseen._HOMES


def test_help_names_every_command(call):
    code, out, _ = call("--help")
    assert code == 0
    assert all(name in out for name in COMMANDS)


def test_atlas_lists_all_papers(call, monkeypatch):
    monkeypatch.setattr(catalogue, "code", functools.cache(catalogue.code))  # four listings, each paper's code read once
    code, out, _ = call("atlas", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert len(rows) == 697
    assert set(rows[0]) == {"family", "key", "title", "status", "verdict", "budget", "scale", "effect", "interval", "control", "seconds", "stale"}
    _, out, _ = call("atlas")
    assert "697" in out.splitlines()[40]
    _, out, _ = call("atlas", "--family", "grokking")
    assert out.count("\n") == 18
    _, out, _ = call("atlas", "--search", "LOTTERY", "--family", "grokking")
    assert "grokking_tickets" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["atlas", "--family", "groking"], "'grokking'"),
        (["atlas", "--status", "suported"], "'supported'"),
        (["atlas", "--kind", "metod"], "'method'"),
        (["atlas", "--famly", "x"], "'--family'"),
        (["chek"], "'check'"),
        (["check"], "--family F"),
        (["check", "grokking_ticket"], "grokking_tickets"),
        (["check", "grokking_tickets", "--all"], "--family F"),
        (["check", "grokking_tickets", "--budget", "huge"], "'quick', 'full'"),
        (["run"], "required: name"),
        (["run", "no_such_study"], "unknown study or claim key"),
        (["run", "nowhere.py"], "not there"),
        (["run", "study.py", "--seeds", "0"], "≥ 1"),
        (["run", "study.py", "--jobs", "-1"], "jobs"),
        (["run", "study.py", "--width", "2", "--exact"], "not allowed with"),
        (["run", "study.py", "weight_decay="], "at least one value"),
        (["run", "study.py", "weight_decay=1,,2"], "at least one value"),
        (["run", "study.py", "weight_decay"], "field=value"),
        (["run", "study.py", "steps=1", "steps=2"], "given twice"),
        (["run", "study.py", "wieght_decay=1"], "weight_decay"),
        (["run", "study.py", "steps=0", "--jobs", "0"], "≥ 1"),
        (["run", "study.py", "steps=many"], "'many'"),
        (["run", "study.py", "steps=99999999999999999999"], "below 2³¹"),
        (["run", "study.py", "--seeds", "99999999999"], "at most 1000000 seeds"),
        (["run", "study.py", "weight_decay=0,0.0"], "expected different values, got 0 twice"),
        (["run", "study.py", "p=3", "task.p=5"], "'task.p' is given twice, as 'p' and as 'task.p'"),
        (["run", "study.py", "method.order=None"], "Method.order: expected Order"),
        (["run", "study.py", "at.n=7.5"], "LogSpaced.n: expected a whole number"),
        (["run", "study.py", "p=a"], "OperationTable"),
        (["run", "study.py", "--out", "study.py"], "folder"),
        (["run", "raises.py"], "raises.py line 2"),
        (["run", "syntax.py"], "syntax.py line 1"),
        (["run", "leaves.py"], "leaves.py line 1: raise SystemExit(3)"),
        (["run", "null.py"], "null bytes. Expected a file of Python"),
        (["run", "two.py"], "a, b"),
        (["run", "none.py"], "got none"),
        (["report", "nowhere"], "unknown folder or claim key"),
        (["report", "study.py"], "got the file"),
        (["report", "."], "unseen run"),
        (["report", ".", "--data"], "expected the key of a claim"),
        (["new", "paper", "grokking_ticket"], "grokking_tickets"),
        (["new", "task", "Not-a-name"], "words_like_this"),
    ],
)  # fmt: skip
def test_bad_input_ends_with_code_2_and_one_screen(call, tmp_path, words, said):
    (tmp_path / "study.py").write_text(STUDY)
    (tmp_path / "raises.py").write_text("x = 1\nx / 0\n")
    (tmp_path / "syntax.py").write_text("def f(:\n")
    (tmp_path / "two.py").write_text(STUDY + "\na, b = study, study.with_({'steps': 4})\ndel study\n")
    (tmp_path / "none.py").write_text("import unseen\n")
    (tmp_path / "leaves.py").write_text("raise SystemExit(3)\n")
    (tmp_path / "null.py").write_bytes(b"\0")
    code, out, err = call(*words)
    assert code == 2
    assert said in err
    assert "Traceback" not in err
    assert err.count("\n") <= 20
    assert out == ""
    assert not (tmp_path / "runs").exists()


def closed_to_writing(folder, monkeypatch):
    """From here on whoever asks or tries is refused, the superuser too."""
    (folder / "index-1").unlink()  # what is only a cache would be written anew
    allowed, begin = os.access, open

    def told(path, mode, **words):
        return allowed(path, mode, **words) and not (mode & os.W_OK and Path(path).is_relative_to(folder.relative_to(Path.cwd())))

    def opened(path, mode="r", *rest, **words):
        if isinstance(path, str | Path) and set(mode) & set("wax+") and Path(path).absolute().is_relative_to(folder):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return begin(path, mode, *rest, **words)

    def refused(path, *_):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr(os, "access", told)
    monkeypatch.setattr("builtins.open", opened)
    monkeypatch.setattr(durable, "_write_synced", refused)


def test_run_sweeps_and_resumes_and_reports(call, tmp_path, monkeypatch):
    (tmp_path / "study.py").write_text(STUDY)
    words = ["run", "study.py", "weight_decay=0,0.5", "activation=relu,tanh", "--seeds", "1", "--jobs", "0"]
    code, out, _ = call(*words, "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    found = {(row["weight_decay"], row["activation"], row["seed"], row["steps"]) for row in rows}
    assert found == {(decay, activation, 0, 3) for decay in (0, 0.5) for activation in ("relu", "tanh")}
    code, out, err = call(*words)
    assert code == 0
    assert "Report: runs/study/report.html" in out
    assert "/4 runs" not in err
    code, out, _ = call("report", "runs/study", "--out", "again")
    assert code == 0
    assert (tmp_path / "again" / "report.html").exists()
    closed_to_writing(tmp_path / "runs" / "study", monkeypatch)
    assert call("report", "runs/study", "--out", "third")[0] == 0
    assert (tmp_path / "third" / "report.html").read_bytes() == (tmp_path / "again" / "report.html").read_bytes()
    code, _, err = call("report", "runs/study")
    assert code == 2
    assert "--out DIR" in err
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.py").write_text(STUDY.replace("steps=3", "steps=4"))
    code, _, err = call("report", "runs/study")
    assert code == 2
    assert "4 runs are missing" in err


def test_runs_of_an_accelerator_are_reported_without_one(call, tmp_path, monkeypatch):
    (tmp_path / "study.py").write_text(STUDY)
    with monkeypatch.context() as there:
        there.setattr(machine, "accelerators", lambda: True)
        there.setattr(machine, "accelerator", lambda: "a card")
        assert call("run", "study.py", "weight_decay=0", "activation=relu", "--seeds", "1")[0] == 0
        told = json.loads((tmp_path / "runs" / "study" / "asked.json").read_text())["mode"]
        assert (told["width"], told["accelerator"]) == (32, "a card")
    assert call("report", "runs/study", "--out", "again")[0] == 0
    assert call("run", "study.py", "weight_decay=0", "activation=relu", "--seeds", "1", "--jobs", "0")[0] == 0
    asked = json.loads((tmp_path / "runs" / "study" / "asked.json").read_text())
    (tmp_path / "runs" / "study" / "asked.json").write_text(json.dumps({name: value for name, value in asked.items() if name != "mode"}))
    assert call("report", "runs/study", "--out", "of before")[0] == 0
    assert len(Store(tmp_path / "runs" / "study", read_only=True).ids()) == 2  # a run on the CPU is another one


def test_figures_that_cannot_be_drawn_do_not_lose_the_report(call, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(STUDY + "\ndef figures(runs):\n    return {'by depth': runs.where(depth=2)}\n")
    code, out, err = call("run", str(file), "--jobs", "1", "--out", str(tmp_path / "out"))
    assert code == 0
    assert "unknown axis 'depth'" in err
    assert "the report has the usual ones" in err
    assert "Report:" in out
    assert (tmp_path / "out" / "report.html").exists()


def test_the_full_budget_takes_the_files_overrides(call, tmp_path):
    (tmp_path / "study.py").write_text(STUDY)
    _, out, _ = call("run", "study.py", "weight_decay=0", "--seeds", "1", "--jobs", "0", "--json", "--budget", "full")
    assert json.loads(out)["steps"] == 5


def test_check_records_and_tells_a_changed_verdict(call, atlas):
    code, out, _ = call("check", "right", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["verdict"], told["control"], told["before"]) == ("supported", "vanished", None)
    record = json.loads((atlas / "family" / "right.quick.json").read_text())
    assert record["verdict"] == "supported"
    assert record["code"] == catalogue.code(catalogue.find("right"))
    assert catalogue.standing(catalogue.find("right")).status == "supported"
    assert call("check", "right")[0] == 0
    record = json.loads((atlas / "family" / "right.quick.json").read_text())
    (atlas / "family" / "right.py").write_text(CLAIM.replace("shift=1.0", "shift=-1.0"))
    del sys.modules["unseen.atlas.family.right"]
    assert catalogue.standing(catalogue.find("right")).status == "stale"
    assert call("check", "right", "--no-record")[0] == 1
    assert json.loads((atlas / "family" / "right.quick.json").read_text()) == record
    assert call("check", "right")[0] == 1
    assert call("check", "right")[0] == 0
    code, out, _ = call("report", "right", "--out", "page")
    assert code == 0
    assert "larger is larger" in (atlas / "page" / "report.html").read_text()
    assert "The data" not in (atlas / "page" / "report.html").read_text()
    assert "unseen report right --data" in out
    code, out, err = call("report", "right", "--out", "page", "--data", "--jobs", "0")
    assert (code, err) == (0, "")
    assert "The data: contrast" in (atlas / "page" / "report.html").read_text()
    source = (atlas / "family" / "right.py").read_text()
    (atlas / "family" / "right.py").write_text(source.replace("return Contrast(", "1 / 0\n    return Contrast("))
    del sys.modules["unseen.atlas.family.right"]
    code, out, err = call("report", "right", "--out", "page", "--data", "--jobs", "0")
    assert code == 0
    assert "Without figures of the control: ZeroDivisionError" in err


@pytest.mark.parametrize(
    ("fault", "exit_code", "said"),
    [
        ("raise ZeroDivisionError('by hand')", 1, "ZeroDivisionError: by hand"),
        ("if shift == 0: raise ZeroDivisionError('by hand')", 1, "ZeroDivisionError: by hand"),
        ("raise unseen.Problem('No space left on device.')", 2, "No space left on device"),
        ("if shift == 0: lab.run(study)", 2, "2 runs crashed or did not fit in memory"),
    ],
)
def test_what_keeps_a_claim_from_being_judged_does_not_touch_its_record(call, atlas, monkeypatch, caplog, fault, exit_code, said):
    assert call("check", "right")[0] == 0
    record = (atlas / "family" / "right.quick.json").read_bytes()
    source = CLAIM.replace("def fn(lab, shift):\n", f"import unseen\n{STUDY}study = study.with_({{'weight_decay': 0.0}})\n\ndef fn(lab, shift):\n    {fault}\n")
    (atlas / "family" / "right.py").write_text(source)
    del sys.modules["unseen.atlas.family.right"]
    monkeypatch.setattr(machine, "available_memory", lambda: 0)
    code, out, err = call("check", "right", "--jobs", "0")
    assert (code, out) == (exit_code, "")
    assert "right: not judged, and nothing is recorded" in err
    assert said in err
    assert ("Traceback" in caplog.text) == (exit_code == 1)  # the log goes to standard error
    assert (atlas / "family" / "right.quick.json").read_bytes() == record
    assert call("check", "right", "--null", "--jobs", "0")[0] == exit_code


def test_a_place_that_cannot_be_written_and_a_file_that_is_not_whole(call, tmp_path, monkeypatch):
    (tmp_path / "study.py").write_text(STUDY)
    code, _, err = call("report", "grokfast", "--out", "study.py/below")
    assert code == 2
    assert "study.py/below: Not a directory" in err
    assert "Traceback" not in err
    assert call("run", "study.py", "--out", "runs", "--jobs", "0")[0] == 0
    for content in ('{"name": "study.py"}', "{", "[1]"):
        (tmp_path / "runs" / "asked.json").write_text(content)
        code, _, err = call("report", "runs")
        assert code == 2
        assert "without a whole asked.json" in err

    def too_much(*_):
        raise MemoryError("Unable to allocate 74.5 GiB")

    monkeypatch.setattr(sources, "study", too_much)
    code, _, err = call("run", "study.py")
    assert code == 2
    assert "does not fit in memory: Unable to allocate 74.5 GiB" in err


def test_the_null_check_must_not_be_supported(call, atlas):
    assert call("check", "right", "--null")[0] == 0
    assert not (atlas / "family" / "right.quick.json").exists()
    (atlas / "family" / "wrong.py").write_text(CLAIM.replace('"shift": 0.0', '"shift": 1.0'))
    assert call("check", "wrong", "--null")[0] == 1


def test_one_broken_claim_does_not_stop_the_others(call, atlas):
    (atlas / "family" / "raises.py").write_text("raise RuntimeError('\x1b[31mbroken\x1b[0m')\n")
    code, out, err = call("check", "raises", "absent", "nothing", "right")
    assert code == 2
    assert "right: Supported" in out
    assert "RuntimeError: broken" in err
    assert "unseen new paper absent" in err
    assert "nothing to build" in err
    code, out, _ = call("check", "--all")
    assert code == 2
    assert "right: Supported" in out


def test_ctrl_c_leaves_with_130_and_says_how_to_go_on(call, tmp_path, atlas, monkeypatch):
    from unseen.claim import Claim
    from unseen.study import Study

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Study, "run", interrupted)
    monkeypatch.setattr(Claim, "check", interrupted)
    (tmp_path / "study.py").write_text(STUDY)
    code, _, err = call("run", "study.py")
    assert code == 130
    assert "goes on from there" in err
    code, _, err = call("check", "right")
    assert code == 130
    assert "unseen check right" in err


def test_a_new_paper_says_that_it_is_not_written_and_is_never_overwritten(call, atlas):
    code, out, _ = call("new", "paper", "unfinished")
    path = atlas / "family" / "unfinished.py"
    assert code == 0
    assert str(path) in out
    text = path.read_text()
    compile(text, str(path), "exec")
    assert "Departs from the paper" in text
    assert "Would be refuted by" in text
    code, _, err = call("check", "unfinished")
    assert code == 2
    assert "not written yet" in err
    assert catalogue.standing(catalogue.find("unfinished")).status == "not yet"
    assert call("new", "paper", "unfinished")[0] == 2
    assert path.read_text() == text
    assert call("new", "paper", "nothing")[0] == 2


def test_new_components_work_as_they_are(call, tmp_path):
    import jax

    from unseen import Method, Study

    made = {}
    for noun in ("task", "model", "method", "measure"):
        assert call("new", noun, f"my_{noun}", "--into", tmp_path / "made")[0] == 0
        made[noun] = sources.load(tmp_path / "made" / f"my_{noun}.py")
    method = Method(gradient=made["method"].MyMethod())
    study = Study(made["task"].MyTask(), made["model"].MyModel(), method, steps=3, seeds=1, record=(made["measure"].MyMeasure(),))
    runs = study.run(jobs=0)
    assert runs.table["status"].to_list() == ["finished"]
    weights = [leaf for leaf in jax.tree.leaves(runs.network(0)) if hasattr(leaf, "dtype")]
    assert runs.values("my_measure")[0] == pytest.approx(sum(float(abs(leaf).sum()) for leaf in weights), rel=1e-5)


def test_pieces_of_a_sweep():
    from unseen._commands.fields import split, value

    assert split("(1,2),[3,4],'a,b',x") == ["(1,2)", "[3,4]", "'a,b'", "x"]
    assert [value(text) for text in ("0", "0.5", "1e-3", "True", "None", "relu", "-inf", "(1, 2)")] == [
        0,
        0.5,
        0.001,
        True,
        None,
        "relu",
        float("-inf"),
        (1, 2),
    ]
    assert type(value("0")) is int
