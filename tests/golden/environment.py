"""What the rows depend on besides the code: versions, the processor, and its linear algebra."""

import platform
import sys
from importlib.metadata import version

import numpy as np
from threadpoolctl import threadpool_info

__all__ = ["packages", "processor"]

#: What computes the numbers; the version of anything else changes no row.
COMPUTING = ("numpy", "scipy", "pandas", "scikit-learn", "pyvinecopulib", "pyarrow")


def packages() -> dict[str, str]:
    """Return the minor version of Python and the versions of the packages that compute."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {"python": python, **{name: version(name) for name in COMPUTING}}


def processor() -> dict[str, object]:
    """Return the machine, the features NumPy dispatches to, and the kernels of the BLAS."""
    simd = np.show_config(mode="dicts")["SIMD Extensions"]
    kernels = {p.get("architecture", "") for p in threadpool_info() if p["user_api"] == "blas"}
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "features": [*simd["baseline"], *simd["found"]],
        "blas": sorted(kernels),
    }
