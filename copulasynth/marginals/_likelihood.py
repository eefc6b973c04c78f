"""Maximum likelihood: closed forms and Newton steps where they exist, a climb where not."""

from collections.abc import Callable, Sequence

import numpy as np
import scipy
from scipy.special import digamma, expit, ndtr, polygamma

from copulasynth._arrays import Floats

Params = tuple[float, ...]
STEPS = 100
#: By how much a parameter is moved to see a slope.
STEP = 1e-8


def normal_estimate(x: Floats) -> Params:
    """Return mean and standard deviation (divisor n)."""
    return float(x.mean()), max(float(x.std()), 1e-12)


def lognormal_estimate(x: Floats) -> Params:
    """Return mean and standard deviation of log x."""
    return normal_estimate(np.log(x))


def gamma_estimate(x: Floats) -> Params:
    """Return shape and scale by the generalised Newton steps of T. P. Minka (2002).

    Estimating a Gamma distribution, Microsoft Research technical report.
    """
    mean = float(x.mean())
    s = max(float(np.log(mean) - np.log(x).mean()), 1e-9)
    k = (3.0 - s + np.sqrt((s - 3.0) ** 2 + 24.0 * s)) / (12.0 * s)
    for _ in range(STEPS):
        slope = k**2 * (1.0 / k - float(polygamma(1, k)))
        k_new = 1.0 / (1.0 / k + (np.log(k) - float(digamma(k)) - s) / slope)
        if abs(k_new - k) < 1e-10 * k:
            break
        k = k_new
    return float(k_new), float(mean / k_new)


def weibull_estimate(x: Floats) -> Params:
    """Return shape and scale: Newton steps on the profile score of the shape.

    N. L. Johnson, S. Kotz, N. Balakrishnan (1994), Continuous univariate distributions I,
    section 21.4.
    """
    y = np.log(x)
    top, mean = float(y.max()), float(y.mean())
    y = y - top
    mean -= top
    k = 1.28 / max(float(y.std()), 1e-9)
    for _ in range(STEPS):
        w = np.exp(k * y)
        total = w.sum()
        m1 = float(w @ y / total)
        m2 = float(w @ (y * y) / total)
        score = m1 - 1.0 / k - mean
        k_new = max(k - score / (m2 - m1**2 + 1.0 / k**2), 0.1 * k)
        if abs(k_new - k) < 1e-10 * k:
            break
        k = k_new
    return float(k_new), float(np.exp(top) * np.exp(k_new * y).mean() ** (1.0 / k_new))


def log_logistic_estimate(x: Floats) -> Params:
    """Return shape and scale: Fisher scoring for the logistic law of log x."""
    y = np.log(x)
    m, s = float(np.median(y)), max(float(y.std()), 1e-9) * np.sqrt(3) / np.pi
    for _ in range(STEPS):
        t = (y - m) / s
        r = 2.0 * expit(t) - 1.0
        dm = 3.0 * s * float(r.mean())
        ds = 9.0 * s / (np.pi**2 + 3.0) * (float((t * r).mean()) - 1.0)
        m, s = m + dm, max(s + ds, 0.1 * s)
        if abs(dm) + abs(ds) < 1e-9 * s:
            break
    return 1.0 / s, float(np.exp(m))


def closed_errors(family: str, params: Params, n: int) -> Params | None:
    """Return standard errors from the expected information, where it has a closed form.

    N. L. Johnson, S. Kotz, N. Balakrishnan (1994, 1995), Continuous univariate distributions I
    and II: sections 13.8 (normal), 17.7 (gamma), 21.4 (Weibull) and 23.10 (logistic).
    """
    root = np.sqrt(n)
    last = params[-1]
    if family in ("normal", "lognormal"):
        return float(last / root), float(last / np.sqrt(2.0 * n))
    if family == "exponential":
        return (float(last / root),)
    if family == "gamma":
        k = params[0]
        trigamma = float(polygamma(1, k))
        spread = k * trigamma - 1.0
        return float(np.sqrt(k / spread) / root), float(last * np.sqrt(trigamma / spread) / root)
    if family == "weibull":
        k = params[0]
        spread = 6.0 / np.pi**2
        mean = 1.0 + spread * (1.0 - np.euler_gamma) ** 2
        return float(k * np.sqrt(spread) / root), float(last * np.sqrt(mean) / k / root)
    if family == "loglogistic":
        k = params[0]
        return float(3.0 * k / np.sqrt((np.pi**2 + 3.0) * n)), float(last * np.sqrt(3.0) / k / root)
    return None


def truncated_normal_estimate(x: Floats, lower: float, upper: float) -> Params:
    """Return mean and standard deviation of a normal law that was cut at the bounds.

    The likelihood needs the first two moments only.
    """
    centre, spread = normal_estimate(x)
    low, high = (lower - centre) / spread, (upper - centre) / spread

    def mean(p: Params) -> float:
        a, b = (low - p[0]) / p[1], (high - p[0]) / p[1]
        inside = ndtr(-a) - ndtr(-b) if a > 0 else ndtr(b) - ndtr(a)
        if inside <= 1e-12:
            return -np.inf
        return float(-np.log(p[1]) - 0.5 * (1.0 + p[0] ** 2) / p[1] ** 2 - np.log(inside))

    m, s = climb(mean, (0.0, 1.0), (False, True))
    return centre + spread * m, spread * s


def climb(
    loglik: Callable[[Params], float], start: Sequence[float], positive: Sequence[bool]
) -> Params:
    """Maximise a mean log-likelihood by L-BFGS, positive parameters on the log scale.

    Raises
    ------
    ValueError
        If no finite maximum was found.
    """
    pos = np.asarray(positive)

    def natural(theta: Floats) -> Params:
        t = np.clip(theta, -1e8, 1e8)
        return tuple(float(v) for v in np.where(pos, np.exp(np.clip(t, -50.0, 50.0)), t))

    def loss(theta: Floats) -> float:
        with np.errstate(all="ignore"):
            value = loglik(natural(theta))
        return -value if np.isfinite(value) else 1e10

    def loss_and_slope(theta: Floats) -> tuple[float, Floats]:
        # what scipy's own differences come to, which look at each argument anew
        here, slope = loss(theta), np.empty_like(theta)
        for i, at in enumerate(theta):
            near = theta.copy()
            near[i] = at + STEP
            slope[i] = (loss(near) - here) / (near[i] - at)
        return here, slope

    first = np.asarray(start, dtype=np.float64)
    theta = np.where(pos, np.log(np.where(pos, np.maximum(first, 1e-12), 1.0)), first)
    found = scipy.optimize.minimize(
        loss_and_slope, theta, jac=True, method="L-BFGS-B", options={"maxiter": 300, "ftol": 1e-12}
    )
    if not np.isfinite(found.fun) or found.fun >= 1e9:
        raise ValueError("the likelihood has no finite maximum")
    return natural(found.x)


def standard_errors(loglik: Callable[[Params], float], at: Params) -> Params:
    """Return standard errors from the observed information of a total log-likelihood.

    The Hessian is taken by central differences; a parameter that the data do not determine has
    an infinite standard error.
    """
    k = len(at)
    centre = np.asarray(at)
    h = 1e-4 * np.maximum(np.abs(centre), 1e-3)
    hessian = np.empty((k, k))
    with np.errstate(all="ignore"):
        for i in range(k):
            for j in range(i, k):
                total = 0.0
                for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                    theta = centre.copy()
                    theta[i] += a * h[i]
                    theta[j] += b * h[j]
                    total += a * b * loglik(tuple(float(t) for t in theta))
                hessian[i, j] = hessian[j, i] = total / (4.0 * h[i] * h[j])
    if not np.isfinite(hessian).all():
        return (float("inf"),) * k
    variance = np.diag(np.linalg.pinv(-hessian))
    return tuple(float(np.sqrt(v)) if v > 0 else float("inf") for v in variance)
