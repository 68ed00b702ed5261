"""Figures of evidence: the data that a claim was judged on, and what the judgement says."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from unseen._text import short
from unseen.claim import Agreement, Certificate, Contrast, Finding, Threshold, Trend, Verdict
from unseen.report.style import BLUE, DIM, FAINT, GREEN, INK, RED, SERIES, drawn, panels, words
from unseen.stats import student_interval

COLOURS = {"supported": GREEN, "contradicted": RED, "inconclusive": DIM}


@drawn
def verdict_figure(verdict: Verdict) -> Figure:
    """Effect and interval of every piece of evidence, above those of the control; a dashed line at the effect that the claim needs.

    An interval that is open to a side ends in an arrow.
    """
    figure, axes = panels(len(verdict.findings), 1, 0.85)
    for panel, checked in zip(axes, verdict.findings, strict=True):
        for height, finding, name in ((1, checked.treatment, "claim"), (0, checked.control, "control")):
            if finding is None:
                panel.text(0.5, height, "not run", ha="center", va="center", color=DIM, fontsize=8, transform=panel.get_yaxis_transform())
            else:
                _interval(panel, finding, height, COLOURS[finding.verdict] if height else DIM, name)
        _effect_axis(panel, checked.treatment.details.get("minimal"))
        panel.set_ylim(-0.6, 1.6)
        panel.set_title(words(checked.name or "effect", 80), fontsize=8)
        panel.set_yticks([0, 1], ["control", "claim"])
    return figure


@drawn
def evidence_figure(evidence: Any, control: Any = None) -> Figure | None:
    """The data of one piece of evidence, beside the same of the control; None for a kind that has no figure."""
    draw = {Contrast: _contrast, Agreement: _agreement, Trend: _trend, Threshold: _threshold, Certificate: _certificate}.get(type(evidence))
    if draw is None:
        return None
    arms = [("claim", evidence)] + [("control", control)] * (type(control) is type(evidence))
    figure, axes = panels(1, len(arms), 2.6, sharey=True)
    for panel, (name, arm) in zip(axes, arms, strict=True):
        draw(panel, arm)
        panel.set_title(name)
    handles, labels = axes[0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside upper left", ncols=4, handlelength=1.4)
    return figure


def _interval(panel: Axes, finding: Finding, height: float, colour: str, name: str) -> None:
    low, high = finding.interval
    known = [value for value in (low, high, finding.effect, finding.details.get("minimal")) if value is not None and np.isfinite(value)]
    if not np.isfinite(finding.effect) or not known:
        panel.text(0.5, height, f"{name}: no effect could be estimated", ha="center", va="center", color=DIM, fontsize=8, transform=panel.get_yaxis_transform())
        return
    reach = (max(known) - min(known)) or abs(known[0]) or 1.0
    ends = [low if np.isfinite(low) else finding.effect - reach, high if np.isfinite(high) else finding.effect + reach]
    panel.plot(ends, [height, height], color=colour, linewidth=1.6)
    for end, given, marker in zip(ends, (low, high), ("<", ">"), strict=True):
        panel.plot([end], [height], "|" if np.isfinite(given) else marker, color=colour, markersize=6)
    panel.plot([finding.effect], [height], "o", color=colour, markersize=6)
    told = f"{short(finding.effect)}  ({short(float(low))}…{short(float(high))})"
    panel.text(1.02, height, told, ha="left", va="center", fontsize=8, color=INK, transform=panel.get_yaxis_transform())


def _effect_axis(panel: Axes, minimal: float | None) -> None:
    if minimal is not None:
        panel.axvline(minimal, color=INK, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    panel.margins(x=0.08)
    panel.spines["left"].set_visible(False)
    panel.tick_params(axis="y", length=0)
    panel.xaxis.set_major_formatter(lambda value, _: f"{value:g}")


def _contrast(panel: Axes, data: Contrast) -> None:
    for place, (values, colour) in enumerate(((data.treatment, BLUE), (data.control, RED))):
        values = np.asarray(values, float)
        shown = np.sort(values[np.isfinite(values)])
        offsets = 0.22 * (((np.arange(len(shown)) * 0.618034) % 1) - 0.5)
        panel.plot(place + offsets, shown, "o", color=colour, markersize=4.5, alpha=0.65, markeredgewidth=0)
        if len(shown):
            middle = (np.median if data.center == "median" else np.mean)(shown)
            panel.plot([place - 0.25, place + 0.25], [middle, middle], color=colour, linewidth=1.8)
        if lost := len(values) - len(shown):
            panel.text(place, 1.0, f"{lost} never", ha="center", va="bottom", fontsize=8, color=DIM, transform=panel.get_xaxis_transform())
    panel.set_xlim(-0.6, 1.6)
    panel.set_xticks([0, 1], ["treatment", "baseline"])
    if data.statistic == "ratio" and all(np.asarray(arm, float).min() > 0 for arm in (data.treatment, data.control)):
        panel.set_yscale("log")
        panel.minorticks_off()
        low, high = panel.get_ylim()
        panel.yaxis.set_major_locator(MaxNLocator(4) if high < 4 * low else LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,)))
    panel.yaxis.set_major_formatter(lambda value, _: f"{value:g}")


def _agreement(panel: Axes, data: Agreement) -> None:
    simulated, predicted, rival = (np.asarray(part, float) for part in (data.simulated, data.predicted, data.rival))
    simulated = simulated[np.isfinite(simulated).all(axis=1)]
    points = np.arange(len(predicted))
    single = {"marker": "_", "markersize": 14} if len(points) == 1 else {}
    panel.plot(points, predicted, color=BLUE, linewidth=1.6, label="prediction", **single)
    panel.plot(points, rival, color=DIM, linewidth=1.2, linestyle=(0, (4, 3)), label="rival", **single)
    tolerance = np.broadcast_to(np.asarray(data.tolerance, float), predicted.shape)
    panel.fill_between(points, predicted - tolerance, predicted + tolerance, color=BLUE, alpha=0.12, linewidth=0)
    if len(simulated) > 1:
        mean, low, high = student_interval(simulated.T, confidence=1 - (1 - data.confidence) / len(points))
        panel.errorbar(points, mean, [mean - low, high - mean], fmt="o", color=RED, markersize=4, linewidth=1, label="simulation")
    panel.set_xlabel("point")
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))


def _trend(panel: Axes, data: Trend) -> None:
    x, y = np.asarray(data.x, float), np.asarray(data.y, float)
    groups = np.zeros(len(x), int) if data.groups is None else np.asarray(data.groups)
    for index, group in enumerate(dict.fromkeys(groups.tolist())):
        label = words(group, 20) if data.groups is not None and index < len(SERIES) else None
        panel.plot(x[groups == group], y[groups == group], "o", color=SERIES[index] if index < len(SERIES) else DIM, markersize=4.5, alpha=0.7, label=label)


def _threshold(panel: Axes, data: Threshold) -> None:
    x, curves = np.asarray(data.x, float), np.asarray(data.curves, float)
    panel.axvspan(*data.predicted, color=BLUE, alpha=0.15, linewidth=0, label="predicted")
    panel.axhline(data.level, color=INK, linewidth=0.7, linestyle=(0, (4, 3)))
    for curve in curves:
        panel.plot(x, curve, color=RED, linewidth=0.7, alpha=0.4)
    some = np.isfinite(curves).any(axis=0)
    middle = (np.nanmedian if data.center == "median" else np.nanmean)(np.where(np.isfinite(curves), curves, np.nan)[:, some], axis=0)
    panel.plot(x[some], middle, color=RED, linewidth=2, label="simulation")


def _certificate(panel: Axes, data: Certificate) -> None:
    bound, truth = np.asarray(data.bound, float), np.asarray(data.truth, float)
    known = np.isfinite(bound) & np.isfinite(truth)
    bound, truth = bound[known], truth[known]
    violated = truth > bound
    panel.plot(truth[~violated], bound[~violated], "o", color=BLUE, markersize=4, alpha=0.6, label="holds")
    panel.plot(truth[violated], bound[violated], "X", color=RED, markersize=6, label="violated")
    edge = 1.15 * max(truth, default=1.0)
    panel.plot([0, edge], [0, edge], color=DIM, linewidth=0.8)
    panel.set_xlim(min(0.0, *truth), edge)
    panel.axhline(data.vacuous, color=FAINT, linewidth=0.8, linestyle=(0, (4, 3)))
    panel.set_xlabel("truth")
    panel.set_ylabel("bound")
