"""Numbers, truth values and times as text files write them, each column in its style."""

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from copulasynth.schema.digits import MOST, NumberTexts
from copulasynth.schema.forms import Texts, number_form
from copulasynth.schema.styles import NUMBER, TIME, TRUTHS, is_style

__all__ = ["fits_type", "styled"]


def fits_type(style: str, kind: pa.DataType) -> bool:
    """Whether values of an Arrow type can be written in a style."""
    tests = {
        "boolean": pa.types.is_boolean,
        "float": pa.types.is_floating,
        "datetime": pa.types.is_timestamp,
        "time": pa.types.is_time,
    }
    return any(test(kind) and is_style(style, storage) for storage, test in tests.items())


def styled(array: pa.Array | pa.ChunkedArray, style: str) -> Texts:
    """Return an array of numbers, truth values or times as text.

    >>> styled(pa.array([1.5, None, -0.25]), "0.00").to_pylist()
    ['1.50', None, '-0.25']
    """
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    if style in TRUTHS:
        return pc.if_else(array, *(pa.scalar(word) for word in TRUTHS[style]))
    if pa.types.is_floating(array.type):
        return _number_texts(array.cast(pa.float64()), style)
    return _time_texts(array, style)


def _number_texts(array: pa.Array, style: str) -> Texts:
    found = NUMBER.fullmatch(style)
    assert found is not None
    x = np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.float64)
    places = len(found["least"] + found["more"])
    if found["power"]:
        texts = pa.array(np.char.mod(f"%.{places}{found['power'][0]}", x), pa.string())
        return pc.if_else(pc.is_valid(array), texts, pa.scalar(None, pa.string()))
    counts = np.rint(x * 10.0**places)
    fits = np.abs(counts) < MOST  # beyond, and for gaps, as text files write numbers otherwise
    form = number_form(f"0.{found['least']}{found['more']}")
    assert form is not None
    texts = NumberTexts(form).write(np.where(fits, counts, 0).astype(np.int64))
    if found["whole"] == "#":
        texts = pc.replace_substring_regex(texts, r"^(-?)0(\..)", r"\1\2")
    if found["open"]:
        texts = pc.replace_substring_regex(texts, r"\.0*$", "")
    return pc.if_else(pa.array(fits), texts, array.cast(pa.string()))


def _time_texts(array: pa.Array, style: str) -> Texts:
    found = TIME.fullmatch(style)
    assert found is not None
    digits = len(found["part"] or "")
    if pa.types.is_time(array.type):
        wide = pa.int32() if array.type.bit_width == 32 else pa.int64()
        array = array.cast(wide).cast(pa.int64()).cast(pa.timestamp(array.type.unit))
    else:
        array = array.cast(pa.timestamp(array.type.unit, "UTC")).cast(pa.timestamp(array.type.unit))
    unit = "s" if not digits else ("ms", "us", "ns")[(digits - 1) // 3]
    array = array.cast(pa.timestamp(unit), safe=False)
    if shift := _minutes(found["zone"] or ""):
        array = pc.add(array, pa.scalar(60 * shift, pa.duration("s")).cast(pa.duration(unit)))
    form = style.removesuffix(found["zone"] or "").partition(".")[0]
    texts = pc.strftime(array, format=form)
    if digits % 3:
        texts = pc.utf8_slice_codeunits(texts, 0, digits % 3 - 3)
    return pc.binary_join_element_wise(texts, found["zone"] or "", "")


@cache
def _minutes(zone: str) -> int:
    """Return how far the clocks of a zone are ahead of those of UTC."""
    if zone in ("", "Z"):
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    minutes = 60 * int(digits[:2]) + int(digits[2:])
    return -minutes if zone[0] == "-" else minutes
