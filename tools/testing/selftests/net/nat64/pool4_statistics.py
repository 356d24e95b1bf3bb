# SPDX-License-Identifier: GPL-2.0
"""Is it random? As kernel/tests/ports_kunit.c asks, with bounds that a good draw misses
no more than once in RARE tests."""

import math

RARE = 1e12


def lower_tail(df, x):
    """How likely chi-square with so many degrees of freedom is less than x: the
    incomplete gamma function, by its series."""
    a, x = df / 2, x / 2
    term = total = 1 / a
    n = a
    while term > total * 1e-17:
        n += 1
        term *= x / n
        total += term
    return total * math.exp(a * math.log(x) - x - math.lgamma(a))


def bisect(low, high, too_low):
    while high - low > 1e-6 * high:
        middle = (low + high) / 2
        if too_low(middle):
            low = middle
        else:
            high = middle
    return low


def unevenness(hits, total=None):
    """Of cells that are equally likely: the G of the G-test, nearly chi-square. total: of
    so many things that are drawn none is drawn twice, which makes counts more even."""
    n = sum(hits)
    value = 2 * sum(h * math.log(h * len(hits) / n) for h in hits if h)
    return value if total is None else value * (total - 1) / (total - n)


def unevenness_bounds(cells):
    """Above: for any number of draws, a relative entropy of t / n or more has at most the
    probability e^-t (e t / df)^df (Agrawal, 2020), and by Hoeffding's theorem no more
    where none is drawn twice. Below: the tail of chi-square."""
    df = cells - 1
    t = bisect(df, 100 * df + 1000, lambda t: df * (1 + math.log(t / df)) - t > -math.log(RARE))
    return bisect(df * 1e-6, df, lambda x: lower_tail(df, x) < 1 / RARE), 2 * t


def correlation(values, lag):
    """Of each with the one that comes so much later; and its bound: it is as good as
    normal, for so many values, with the deviation 1 / sqrt(n)."""
    n = len(values) - lag
    middle = sum(values) / len(values)
    square = sum((v - middle) ** 2 for v in values) / len(values)
    value = sum((values[i] - middle) * (values[i + lag] - middle) for i in range(n)) / n / square
    deviations = bisect(1, 20, lambda z: math.erfc(z / math.sqrt(2)) > 1 / RARE)
    return value, deviations / math.sqrt(n)
