# SPDX-License-Identifier: GPL-2.0
"""Is it random? The mathematics of kernel/tests/ports_kunit.c, with bounds that a good
draw misses once in RARE tests: tails of chi-square by the incomplete gamma function, of
a correlation by the normal distribution."""

import math

RARE = 1e12


def upper_tail(df, x):
    """How likely chi-square with so many degrees of freedom is more than x."""
    a, x = df / 2, x / 2
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        n = a
        while term > total * 1e-17:
            n += 1
            term *= x / n
            total += term
        return 1 - total * scale
    # The continued fraction, by Lentz's method.
    b = x + 1 - a
    c, d = 1e300, 1 / b
    h = d
    for i in range(1, 1000):
        an = -i * (i - a)
        b += 2
        d = 1 / (an * d + b)
        c = b + an / c
        h *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return h * scale


def lower_tail(df, x):
    """The same below x, without the loss of digits that 1 - upper_tail() has."""
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


def chi_square_bounds(df):
    """Between which it lies but once in RARE times."""
    return (bisect(df * 1e-6, df, lambda x: lower_tail(df, x) < 0.5 / RARE),
            bisect(df, df * 100 + 1000, lambda x: upper_tail(df, x) > 0.5 / RARE))


def chi_square(hits, total=None):
    """Of cells that are equally likely. total: of so many things that are drawn, none is
    drawn twice, which makes the counts that much more even."""
    n = sum(hits)
    expected = n / len(hits)
    value = sum((h - expected) ** 2 for h in hits) / expected
    return value if total is None else value * (total - 1) / (total - n)


def correlation(values, lag):
    """Of each with the one that comes so much later, and how far from 0 it may be."""
    n = len(values) - lag
    middle = sum(values) / len(values)
    square = sum((v - middle) ** 2 for v in values) / len(values)
    return (sum((values[i] - middle) * (values[i + lag] - middle) for i in range(n)) / n / square,
            normal_bound() / math.sqrt(n))


def normal_bound():
    """How many deviations from the mean a normal value is but once in RARE times."""
    return bisect(1, 20, lambda z: math.erfc(z / math.sqrt(2)) > 1 / RARE)
