"""Answers in words and digits compared by what they say: exact match after normalising their form, and F1 of their words (Dua et al. 2019)."""

import re
from collections import Counter

_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True))  # noqa: SIM905
_SMALL = dict(zip(_UNITS.split(), range(20), strict=True)) | _TENS
_SCALES = {"thousand": 1000, "million": 10**6}
_ARTICLES = {"a", "an", "the"}
_NUMERAL = re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?%?")


def normalized(answer: str) -> str:
    """One form for answers that say the same: lower case, no articles, no punctuation, numbers as digits without zeros or signs that say nothing.

    A run of English number words becomes its value; thousands' commas, a trailing point and percent and dollar signs are dropped, so that "1,200.0 yards", "the
    twelve hundred yards" and "1200 yards" are one.

    >>> normalized("The answer: Twenty-one."), normalized("$1,200.50"), normalized("-0.0")
    ('answer 21', '1200.5', '0')
    """
    text = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", answer.lower().replace("$", ""))
    words = [word.strip(".,:;!?\"'()[]") if not _NUMERAL.fullmatch(word) else word.rstrip(".,%") for word in text.split()]
    said: list[str] = []
    run: list[str] = []
    for word in [*words, ""]:
        if word in _SMALL or (run and (word == "hundred" or word in _SCALES)):
            run.append(word)
            continue
        if run:
            said.append(str(_worth(run)))
            run = []
        if word and word not in _ARTICLES:
            said.append(_digits(word))
    return " ".join(said)


def exact_match(prediction: str, answers: str | tuple[str, ...]) -> bool:
    """Whether a prediction is one of the accepted answers, whatever its form.

    >>> exact_match("seven", "7"), exact_match("7 apples", "7")
    (True, False)
    """
    accepted = (answers,) if isinstance(answers, str) else answers
    return any(normalized(prediction) == normalized(one) for one in accepted)


def f1(prediction: str, answer: str) -> float:
    """F1 of the words of a prediction against those of an answer, in [0, 1]; 0 where the answer has numbers and the prediction none of them.

    2 overlap / (words predicted + words of the answer), words counted as often as they come. Two empty answers agree.

    >>> round(f1("the red house", "red big house"), 3), f1("8 yards", "7 yards")
    (0.8, 0.0)
    """
    said, wanted = normalized(prediction).split(), normalized(answer).split()
    if not said or not wanted:
        return float(said == wanted)
    numbers = {word for word in wanted if _is_number(word)}
    if numbers and not numbers & set(said):
        return 0.0
    return 2 * sum((Counter(said) & Counter(wanted)).values()) / (len(said) + len(wanted))


def _worth(run: list[str]) -> int:
    """The value of number words, as "three hundred twenty one thousand five"."""
    total = part = 0
    for word in run:
        if word == "hundred":
            part *= 100
        elif word in _SCALES:
            total, part = total + part * _SCALES[word], 0
        else:
            part += _SMALL[word]
    return total + part


def _digits(word: str) -> str:
    """A numeral without commas, zeros behind the point and signs that say nothing; any other word as it is."""
    if not _is_number(word):
        return word
    whole, _, rest = word.rstrip("%").replace(",", "").lstrip("+").partition(".")
    sign, whole, rest = ("-" if whole.startswith("-") else ""), whole.lstrip("-").lstrip("0") or "0", rest.rstrip("0")
    return ("" if whole == "0" and not rest else sign) + whole + (f".{rest}" if rest else "")


def _is_number(word: str) -> bool:
    return bool(_NUMERAL.fullmatch(word)) and any(c.isdigit() for c in word)
