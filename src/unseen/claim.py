"""Claims: a study, the evidence, the control, and the verdict. The kinds of evidence are in `unseen.evidence`, and can be imported from here too."""

import html
import importlib.metadata
import logging
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal, Protocol

import numpy as np

from unseen._problem import Problem, unknown
from unseen.evidence.agreement import Agreement as Agreement
from unseen.evidence.certificate import Certificate as Certificate
from unseen.evidence.contrast import Contrast as Contrast
from unseen.evidence.finding import Evidence, Finding, Outcome, choice, show, untested
from unseen.evidence.threshold import Threshold as Threshold
from unseen.evidence.trend import Trend as Trend

FAILED = {"diverged", "crashed", "too large"}


class Lab(Protocol):
    """Where studies are run: in this process, by a pool of workers, on a cluster."""

    @property
    def key(self) -> Any:
        """The JAX key of a computation, the same for study and control."""
        ...

    def run(self, study: Any) -> Any:
        """The runs of a study."""
        ...


class Here:
    """The lab that is this process and keeps nothing."""

    @property
    def key(self) -> Any:
        """`jax.random.key(0)`."""
        import jax

        return jax.random.key(0)

    def run(self, study: Any) -> Any:
        """`study.run()`."""
        return study.run()


class Computation:
    """What stands in the place of a study where there is none: `fn(lab, **params)`, returning arrays.

    `lab.key` is a JAX key (the same for study and control) and `lab.run(study)` runs a study.

    >>> Computation(lambda lab, n: np.arange(n), n=2).with_({"n": 3}).run()
    array([0, 1, 2])
    """

    def __init__(self, fn: Callable[..., Any], **params: Any) -> None:
        self.fn = fn
        self.params = params

    def __repr__(self) -> str:
        return f"Computation({', '.join([getattr(self.fn, '__name__', repr(self.fn)), *(f'{k}={v!r}' for k, v in self.params.items())])})"

    def with_(self, overrides: Mapping[str, Any]) -> "Computation":
        """The same with other parameters; every parameter that may be overridden is given a value at construction."""
        for name in overrides:
            if name not in self.params:
                raise unknown("parameter of the computation", name, self.params)
        return Computation(self.fn, **(self.params | dict(overrides)))

    def run(self, lab: Lab | None = None) -> Any:
        """What the function returns."""
        return self.fn(lab or Here(), **self.params)


Spec = Any  # a Study, a Computation, or a dict of them by name


@dataclass(frozen=True)
class Checked:
    """One piece of evidence: what it says of the study, and of the control."""

    name: str
    treatment: Finding
    control: Finding | None = None

    @property
    def removed(self) -> bool | None:
        """Whether the effect is gone in the control; None where the control could not be judged."""
        return None if self.control is None or not self.control.tested else self.control.verdict != "supported"


@dataclass(frozen=True)
class Verdict:
    """What came of checking a claim, and what it rests on. `effect` and `interval` are those of the first piece of evidence.

    Attributes:
        control: "vanished" when the first piece of evidence is not supported in the control, "did not vanish" when it is, "not run" when it could not be
            judged.
        null: whether the control stood in the treatment's place; "supported" would then be a defect of the check.
    """

    key: str
    family: str
    title: str
    verdict: Outcome
    budget: str
    scale: str
    sentence: str
    effect: float
    interval: tuple[float, float]
    findings: tuple[Checked, ...]
    control: Literal["vanished", "did not vanish", "not run"]
    seeds: int
    seconds: float
    versions: dict[str, str]
    machine: dict[str, Any]
    code: dict[str, str]
    date: str
    null: bool = False

    @property
    def raised(self) -> str:
        """The type of the error that kept study or control from being judged, such as "Problem" for a full disk; "" where nothing was raised."""
        findings = [finding for checked in self.findings for finding in (checked.treatment, checked.control) if finding is not None]
        return next((finding.details["raised"] for finding in findings if "raised" in finding.details), "")

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; numbers that are not finite become "inf", "-inf" and "nan"."""
        return _plain(asdict(self))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Verdict":
        """The verdict that `to_dict` described."""
        fields = _restored(dict(data))
        findings = tuple(Checked(f["name"], _finding(f["treatment"]), f["control"] and _finding(f["control"])) for f in fields["findings"])
        return cls(**(fields | {"findings": findings, "interval": tuple(fields["interval"])}))

    def __str__(self) -> str:
        return f"{self.key or 'claim'}: {self.sentence}"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{_e(c.name)}</td><td>{_e(c.treatment.verdict)}</td><td>{_e(show(c.treatment.effect))}</td>"
            f"<td>{_e(show(c.treatment.interval[0]))} to {_e(show(c.treatment.interval[1]))}</td>"
            f"<td>{_e({True: 'yes', False: 'no', None: 'not judged'}[c.removed])}</td><td>{_e(c.treatment.sentence)}</td></tr>"
            for c in self.findings
        )
        head = "".join(f"<th>{name}</th>" for name in ("evidence", "verdict", "effect", "interval", "gone in control", "in words"))
        facts = f"{self.budget} budget, scale {self.scale}, {self.seeds} seeds, {self.seconds:.0f} s, {self.date}"
        title = f"<p><b>{_e(self.title or self.key)}</b> — {_e(self.verdict)}</p><p>{_e(self.sentence)}</p>"
        return f"<div>{title}<table><tr>{head}</tr>{rows}</table><p><small>{_e(facts)}</small></p></div>"


@dataclass(frozen=True)
class Claim:
    """A paper's statement as something that can be checked. Key, family and title are those of the file that defines `evidence`.

    The same `evidence` is applied to the study and to the control. Supported: every piece is supported in the study, and the first one not in the control.
    Contradicted: some piece is contradicted in the study. Else inconclusive; so too when the control shows the same effect, or cannot be judged.

    Attributes:
        study: a Study, a Computation, or a dict of them by name.
        evidence: pure; from the study's result (Runs, or what the computation returned, or a dict of those) to one evidence or a dict of named ones. The
            first is the headline: its effect and interval become the verdict's, and the control must take it away. Others may stay there, as that both fit.
        control: overrides of the study in which the effect must vanish, or a whole other study. For a dict of studies: by name, or overrides of them all.
        full: overrides of study and control for the full budget; by name for a dict of studies, or of them all.
        scale: "full", or "proxy: <named stand-in>".
    """

    study: Spec
    evidence: Callable[[Any], Evidence | dict[str, Evidence]]
    control: Spec
    full: Mapping[str, Any] = field(default_factory=dict)
    scale: str = "full"
    BUDGETS: ClassVar[tuple[str, ...]] = ("quick", "full")

    def __post_init__(self) -> None:
        if not callable(self.evidence):
            raise Problem(f"evidence: expected a function of the study's result, got {self.evidence!r}.")
        if self.control is None or self.control == {}:
            raise Problem("control: expected overrides of the study, or another study, in which the effect must vanish; got none.")
        if self.scale != "full" and not self.scale.startswith("proxy: "):
            raise Problem(f'scale: expected "full" or "proxy: <named stand-in>", got {self.scale!r}.')

    def studies(self, budget: str = "quick") -> dict[str, Spec]:
        """The study and the control of a budget: {"study": …, "control": …}, each as it was given (one, or a dict of them)."""
        choice("budget", budget, self.BUDGETS)
        full = self.full if budget == "full" else {}
        study = _override(self.study, full)
        if not isinstance(self.control, Mapping):
            return {"study": study, "control": _override(self.control, full)}
        by_name = isinstance(study, Mapping) and set(full) <= set(study)
        changes = {k: _override(v, full.get(k, {}) if by_name else full) if hasattr(v, "with_") else v for k, v in self.control.items()}
        return {"study": study, "control": _override(study, changes)}

    def check(self, budget: str = "quick", *, null: bool = False, lab: Lab | None = None, code: Mapping[str, str] | None = None) -> Verdict:
        """Runs study and control, applies the evidence to both, and combines.

        What a run, the evidence or its judgement raises becomes an inconclusive finding (and is logged); a wrong override (an unknown field) is raised.

        Args:
            budget: "quick" or "full".
            null: put the control in the treatment's place, and run only that. The verdict must not be "supported".
            lab: where studies are run; this process by default.
            code: the code version of what the claim rests on, recorded as it is.

        Returns:
            The verdict; `control` is "not run" for `null=True`.
        """
        from unseen.engine.machine import one_thread, whole_products

        start, lab = time.perf_counter(), lab or Here()
        specs = self.studies(budget)
        with one_thread(), whole_products():
            found = self._findings(specs["control" if null else "study"], lab)
            control = {} if null else self._findings(specs["control"], lab)
        only = next(iter(control.values()), None) if len(control) == 1 and not next(iter(control.values())).tested else None
        findings = tuple(Checked(name, finding, control.get(name, only)) for name, finding in found.items())
        outcome, state, sentence = _combine(findings, null)
        key, family, title = _address(self.evidence)
        return Verdict(
            key=key,
            family=family,
            title=title,
            verdict=outcome,
            budget=budget,
            scale=self.scale,
            sentence=sentence,
            effect=findings[0].treatment.effect,
            interval=findings[0].treatment.interval,
            findings=findings,
            control=state,
            seeds=_seeds(specs["study"]) or findings[0].treatment.n,
            seconds=time.perf_counter() - start,
            **_conditions(),
            code=dict(code or {}),
            date=datetime.now(UTC).date().isoformat(),
            null=null,
        )

    def _findings(self, spec: Spec, lab: Lab) -> dict[str, Finding]:
        result = None
        try:
            result = result_of(spec, lab)
            evidence = self.evidence(result)
        except Exception as error:  # a claim that breaks must not take the others with it
            return {"evidence": _broken(error, result)}
        named = evidence if isinstance(evidence, Mapping) else {type(evidence).__name__.lower(): evidence}
        if not named:
            return {"evidence": untested("The evidence is empty.", 0)}
        return {name: _judged(one, result) for name, one in named.items()}


def _judged(evidence: Evidence, result: Any) -> Finding:
    try:
        finding = evidence.judge()
    except Exception as error:  # idem
        return _broken(error, result)
    return finding if finding.tested or not (reason := _all_failed(result)) else untested(reason, 0)


def _broken(error: Exception, result: Any) -> Finding:
    if not isinstance(error, Problem):
        logging.getLogger(__name__).error("A claim could not be judged.", exc_info=error)
    if failed := _all_failed(result):
        return untested(failed, 0)
    finding = untested(f"Could not be judged: {type(error).__name__}: {error}", 0)
    return replace(finding, details=finding.details | {"raised": type(error).__name__})


def _all_failed(result: Any) -> str:
    """The reason in words where every run of some study failed, else nothing."""
    for runs in result.values() if isinstance(result, Mapping) else [result]:
        table = getattr(runs, "table", None)
        status = list(table["status"]) if table is not None and "status" in getattr(table, "columns", ()) else []
        if status and set(status) <= FAILED:
            return f"All {len(status)} runs of a study failed ({', '.join(sorted(set(status)))}): there is nothing to judge."
    return ""


def _combine(findings: tuple[Checked, ...], null: bool) -> tuple[Outcome, Literal["vanished", "did not vanish", "not run"], str]:
    outcomes = {checked.treatment.verdict for checked in findings}
    outcome: Outcome = "contradicted" if "contradicted" in outcomes else "supported" if outcomes == {"supported"} else "inconclusive"
    headline = findings[0]
    state = "not run" if headline.removed is None else "vanished" if headline.removed else "did not vanish"
    deciding = next(checked for checked in findings if checked.treatment.verdict == outcome)
    said = (f"[{deciding.name}] " if len(findings) > 1 else "") + deciding.treatment.sentence
    if null:
        return outcome, "not run", f"Null check, {outcome}: {said}"
    if outcome == "supported" and state == "did not vanish":
        return "inconclusive", state, f"Inconclusive: the control shows the same effect. {said}"
    if outcome == "supported" and state == "not run":
        why = "it gave no evidence of that name" if headline.control is None else headline.control.sentence
        return "inconclusive", state, f"Inconclusive: the control could not be judged ({why.rstrip('.')}). {said}"
    tail = f" {_gone(findings)}" if outcome == "supported" else ""
    return outcome, state, f"{outcome.capitalize()}: {said}{tail}"


def _gone(findings: tuple[Checked, ...]) -> str:
    """Which pieces the control takes away: a headline that stays there must not seem to vanish with another piece."""
    gone = [f"[{checked.name}]" for checked in findings if checked.removed]
    if len(gone) == len(findings):
        return "In the control the effect vanishes." if len(gone) == 1 else f"In the control {'both' if len(gone) == 2 else f'all {len(gone)}'} pieces vanish."
    named = ", ".join(gone) if len(gone) <= 3 else f"{', '.join(gone[:2])} and {len(gone) - 2} others"
    return f"In the control {len(gone)} of {len(findings)} pieces vanish{'es' * (len(gone) == 1)}: {named}."


def _override(spec: Spec, overrides: Mapping[str, Any]) -> Spec:
    """A spec under overrides; a dict of specs under overrides by name (a whole spec takes the place of the one of that name), else of them all."""
    if not overrides:
        return spec
    if not isinstance(spec, Mapping):
        return spec.with_(overrides)
    if not set(overrides) <= set(spec):
        return {name: one.with_(overrides) for name, one in spec.items()}
    return dict(spec) | {name: spec[name].with_(change) if isinstance(change, Mapping) else change for name, change in overrides.items()}


def result_of(spec: Spec, lab: Lab) -> Any:
    """What a study or a computation gives; for several, by name."""
    if isinstance(spec, Mapping):
        return {name: result_of(one, lab) for name, one in spec.items()}
    return spec.run(lab) if isinstance(spec, Computation) else lab.run(spec)


def _seeds(spec: Spec) -> int:
    """Seeds of a study (an int or a tuple of them), or of a computation that has a parameter of that name; the smallest of several; 0 where unknown."""
    counts = []
    for one in spec.values() if isinstance(spec, Mapping) else [spec]:
        seeds = one.params.get("seeds") if isinstance(one, Computation) else getattr(one, "seeds", None)
        if seeds is not None:
            counts.append(seeds if isinstance(seeds, int) else len(seeds))
    return min(counts, default=0)


def _address(evidence: Callable[..., Any]) -> tuple[str, str, str]:
    """(key, family, title): the name of the file, of its folder, and the first line of its docstring."""
    name = getattr(evidence, "__module__", None) or ""
    parts = name.split(".")
    title = next(iter((getattr(sys.modules.get(name), "__doc__", None) or "").strip().splitlines()), "").rstrip(".")
    return parts[-1], parts[-2] if len(parts) > 1 else "", title


def _conditions() -> dict[str, Any]:
    from unseen.engine.machine import accelerator, fingerprint, versions

    try:
        own = importlib.metadata.version("unseen")
    except importlib.metadata.PackageNotFoundError:
        own = "not installed"
    card = accelerator()
    return {"versions": versions() | {"unseen": own}, "machine": fingerprint() | ({"accelerator": card} if card else {})}


def _e(text: Any) -> str:
    return html.escape(str(text))


def _finding(data: Mapping[str, Any]) -> Finding:
    fields: dict[str, Any] = dict(data) | {"interval": tuple(data["interval"])}
    return Finding(**fields)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic | np.ndarray):
        return _plain(value.tolist())
    return str(value) if isinstance(value, float) and not np.isfinite(value) else value


def _restored(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _restored(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_restored(v) for v in value]
    return float(value) if value in ("inf", "-inf", "nan") else value
