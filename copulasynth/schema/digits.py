"""NumberTexts that a table keeps as text: how they are written, read and written again."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from copulasynth._arrays import Bools, Ints
from copulasynth.schema.forms import GROUPS, PLACES, NumberForm, Texts, number_form

__all__ = ["MOST", "NumberTexts", "is_money", "number_forms"]

MOST = 10**18
"""Counts of the last place lie below; those above 2**53 keep 53 significant bits."""
DIGITS = 18
PARTS = rf"^(?P<pre>\D*?)(?P<num>\d(?:[\d{GROUPS}]*\d)?)(?P<post>(?:\D.*)?)$"
MARKS = (
    ("", "."),
    (",", "."),
    ("", ","),
    (".", ","),
    (" ", ","),
    (" ", "."),
    ("'", "."),
    ("’", "."),
    ("\u00a0", ","),
    ("\u202f", ","),
    ("\u00a0", "."),
    ("\u202f", "."),
)
"""What may stand between thousands, and before decimals; the first that fits as well counts."""
AFFIXES = 8
"""NumberTexts have few different signs about them."""
CODES = re.compile(
    r"USD|EUR|GBP|JPY|CHF|CAD|AUD|NZD|CNY|RMB|HKD|SGD|INR|KRW|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|BGN|"
    r"RUB|UAH|TRY|ILS|ZAR|BRL|MXN|ARS|CLP|COP|PEN|THB|IDR|MYR|PHP|VND|AED|SAR|EGP|NGN|KES|"
    r"kr|Kr|zł|Kč|Ft|lei|Fr\.?|Rs\.?|Rp\.?|Tk|RM|KSh|US|R|S|A|C|NZ|HK|CA|AU"
)
"""Currencies, and what stands before their sign."""
Affix = tuple[str, str]


SHORT = r"^[+-]?(\d+\.\d*([eE][+-]?\d+)?|\d+([eE][+-]\d+)?)$"
"""Numbers as programs write them that keep every digit, with an exponent where that is shorter."""
EXPONENT = r"^[+-]?\d+(\.\d*)?[eE][+-]?\d+$"
LONG = r"[eE]|(\d\.?){16,}"
"""What tells such numbers from those of fixed decimals."""
EXACT = 15
"""Digits that every number of 64 bits keeps."""
NEEDED = 4
"""Digits that numbers must have left where they are rounded to those of the largest."""


@dataclass(frozen=True, slots=True)
class NumberTexts:
    """NumberTexts in one form; counts are of the last of its places.

    Attributes
    ----------
    form : NumberForm
    word : {"", "shortest", "point"}
        Where numbers were written with all of their digits, or an exponent: they are rounded to the
        places when they are read, and written without an exponent.
    """

    form: NumberForm
    word: str = ""
    unit: None = None
    storage: str = "decimal"

    @property
    def scale(self) -> int:
        """Counts in 1."""
        return int(10**self.form.places)

    @property
    def limits(self) -> tuple[int, int]:
        """The least and the greatest count that is written."""
        return 1 - MOST, MOST - 1

    def write(self, counts: Ints) -> Texts:
        """Return counts as text."""
        f, size = self.form, np.abs(counts)
        text = _grouped(size // self.scale, f.group)
        if f.places:
            part = _text(size % self.scale)
            part = pc.utf8_lpad(part, f.places, padding="0")
            if f.least < f.places:
                part = pc.utf8_rpad(pc.utf8_rtrim(part, "0"), f.least, padding="0")
                joined = pc.binary_join_element_wise(text, part, f.mark)
                text = pc.if_else(pc.equal(part, ""), text, joined)
            else:
                text = pc.binary_join_element_wise(text, part, f.mark)
        return self._signed(text, counts)

    def _signed(self, text: Texts, counts: Ints) -> Texts:
        out = _about(text, self.form.plus)
        for affix, rows in ((self.form.minus, counts < 0), (self.form.zero, counts == 0)):
            if affix != self.form.plus and rows.any():
                out = pc.if_else(pa.array(rows), _about(text, affix), out)
        return out

    def guess(self, texts: Texts) -> Texts:
        """Return texts as counts, null where they are no numbers; some may be written otherwise."""
        if self.word:
            return _rounded(texts, self.form.places)
        f = self.form
        parts = pc.extract_regex(texts, PARTS)
        before, body, behind = (pc.struct_field(parts, k) for k in range(3))
        low, rest = _has(before, behind, f.minus), _has(before, behind, f.plus)
        known = pc.or_(low, pc.or_(rest, _has(before, behind, f.zero)))
        body = pc.replace_substring(body, f.group, "") if f.group else body
        found = pc.extract_regex(body, rf"^(?P<w>\d+)(?:\{f.mark}(?P<f>\d{{0,{PLACES}}}))?$")
        part = pc.utf8_rpad(pc.struct_field(found, 1), f.places, padding="0")
        digits = pc.binary_join_element_wise(pc.struct_field(found, 0), part, "")
        fits = pc.and_(known, pc.less_equal(pc.utf8_length(digits), DIGITS))
        counts = pc.if_else(fits, digits, None).cast(pa.int64())
        return pc.if_else(low, pc.negate(counts), counts)

    def same(self, texts: Texts, written: Texts) -> Texts:
        """Return which texts say what was written in their place."""
        if self.word:
            return pc.match_substring_regex(texts, SHORT)
        return pc.equal(written, texts)


def _floats(texts: Texts) -> Texts:
    known = pc.match_substring_regex(texts, SHORT)
    return pc.if_else(known, texts, None).cast(pa.float64())


def _rounded(texts: Texts, places: int) -> Texts:
    counts = pc.round(pc.multiply(_floats(texts), 10.0**places))
    small = pc.less(pc.abs(counts), float(MOST))
    return pc.if_else(small, counts, None).cast(pa.int64())


def _text(counts: Ints) -> Texts:
    return pa.array(counts, pa.int64()).cast(pa.string())


def _grouped(whole: Ints, mark: str) -> Texts:
    """Return whole numbers as text, with a mark between thousands."""
    text = _text(whole)
    more: Bools = whole >= 1000
    if not mark or not more.any():
        return text
    last = pc.utf8_lpad(_text(whole % 1000), 3, padding="0")
    parts = pc.binary_join_element_wise(_grouped(whole // 1000, mark), last, mark)
    return pc.if_else(pa.array(more), parts, text)


def _about(text: Texts, affix: Affix) -> Texts:
    return pc.binary_join_element_wise(*affix[:1], text, *affix[1:], "") if any(affix) else text


def _has(before: Texts, behind: Texts, affix: Affix) -> Texts:
    return pc.and_(pc.equal(before, affix[0]), pc.equal(behind, affix[1]))


def is_money(affix: Affix) -> bool:
    """Whether what stands about a number is a currency, or a share of a hundred or a thousand."""
    words = [w.strip("\u00a0\u202f ") for w in affix]
    signs = [unicodedata.category(c) == "Sc" or c in "%‰" for w in words for c in w]
    letters = [
        "".join(c for c in w if unicodedata.category(c) != "Sc" and c not in "%‰") for w in words
    ]
    letters = [w.strip("\u00a0\u202f ") for w in letters]
    coded = [CODES.fullmatch(w) is not None for w in letters if w]
    return all(coded) and any([*signs, *(len(w) > 1 for w in letters if w)])


def number_forms(texts: Texts, form: str = "") -> Iterator[NumberTexts]:
    """Yield the forms that the numbers among different texts may have, the likeliest first."""
    if form:
        found = number_form(form)
        yield from [NumberTexts(found)] if found else []
        return
    exponents = pc.any(pc.match_substring_regex(texts, EXPONENT)).as_py()
    kinds = (_short, _spelled) if exponents else (_spelled, _short)
    for each in kinds:
        yield from each(texts)


def _spelled(texts: Texts) -> Iterator[NumberTexts]:
    """Yield forms that give back numbers digit by digit."""
    parts = pc.extract_regex(texts, PARTS)
    before, body, behind = (pc.struct_field(parts, k) for k in range(3))
    pairs = pc.binary_join_element_wise(before, behind, "\n")
    counted = pc.value_counts(pairs.drop_null()).to_pylist()
    affixes = Counter({tuple(c["values"].split("\n", 1)): c["counts"] for c in counted})
    base = _base(affixes)
    if base is None:
        return
    signed = _signs(base, affixes)
    own = {"\n".join(a) for a in (signed.plus, signed.minus, signed.zero)}
    bodies = body.filter(pc.is_in(pairs, pa.array(sorted(own))))
    yield from _marked(signed, bodies)


def _short(texts: Texts) -> Iterator[NumberTexts]:
    """Yield the form of numbers with all of their digits, or with exponents, if some have them."""
    known = pc.match_substring_regex(texts, SHORT)
    own = texts.filter(known)
    if not pc.any(pc.match_substring_regex(own, LONG)).as_py():
        return
    x = np.abs(np.asarray(own.cast(pa.float64())))
    x = x[(x > 0) & np.isfinite(x)]
    if not len(x) or not 1e-18 < x.max() < 1e18:
        return
    places = min(EXACT - 1 - int(np.floor(np.log10(x.max()))), PLACES)
    if places < 1 or np.mean(x * 10.0**places >= 10.0**NEEDED) < 0.99:
        return
    word = "point" if pc.any(pc.ends_with(own, ".0")).as_py() else "shortest"
    form = number_form(word, places)
    if form is not None:
        yield NumberTexts(form, word)


def _base(affixes: Counter[Affix]) -> Affix | None:
    """Return what most numbers have about them beside their sign."""
    bases: Counter[Affix] = Counter()
    for affix, count in affixes.most_common(AFFIXES):
        bases[_unsigned(affix)] += count
    return bases.most_common(1)[0][0] if bases else None


def _unsigned(affix: Affix) -> Affix:
    before, behind = affix
    if before.startswith("(") and behind.endswith(")"):
        return before[1:], behind[:-1]
    if before[:1] in ("-", "−", "+"):
        return before[1:], behind
    if before.endswith(("-", "−")) and len(before) > 1:
        return before[:-1], behind
    return before, behind[:-1] if behind.endswith("-") else behind


def _signs(base: Affix, affixes: Counter[Affix]) -> NumberForm:
    """Return a form with the signs that are there."""
    before, behind = base
    minus = [(s + before, behind) for s in "-−"] + [("(" + before, behind + ")")]
    minus += [(before + s, behind) for s in "-−"] + [(before, behind + "-")]
    negative = max(minus, key=lambda a: affixes[a])
    plus = ("+" + before, behind)
    if not affixes[plus]:
        return NumberForm(plus=base, minus=negative, zero=base)
    return NumberForm(plus=plus, minus=negative, zero=base if affixes[base] else plus)


def _marked(signed: NumberForm, bodies: Texts) -> Iterator[NumberTexts]:
    """Yield forms with the marks of thousands and decimals that fit most numbers."""
    found = []
    for rank, (group, mark) in enumerate(MARKS):
        whole = rf"\d{{1,3}}({re.escape(group)}\d{{3}})*" if group else r"\d+"
        fits = pc.match_substring_regex(bodies, rf"^{whole}(\{mark}\d+)?$")
        if group and not pc.any(pc.match_substring(bodies, group)).as_py():
            continue
        inside = bodies.filter(fits)
        tails = pc.extract_regex(inside, rf"\{mark}(?P<t>\d+)$").drop_null()
        tails = pc.struct_field(tails, 0) if len(tails) else pa.array([], pa.string())
        places = pc.max(pc.utf8_length(tails)).as_py() or 0
        if places > PLACES or not len(inside) or (mark == "," and not places and not group):
            continue
        # three decimals of money are thousands
        odd = is_money(signed.plus) and places == 3 and not group
        found.append(((len(bodies) - len(inside), odd, rank), group, mark, places))
    for _, group, mark, places in sorted(found):
        form = replace(signed, group=group, mark=mark if places else ".", places=places)
        for least in dict.fromkeys((places, 0, min(1, places))):
            made = replace(form, least=least)
            if number_form(made.words) == made:
                yield NumberTexts(made)
