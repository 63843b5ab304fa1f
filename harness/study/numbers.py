"""Numbers as MuMax3 script literals.

In: a float from a validated study. Out: the shortest text that reads back as the same float64.
Values reach a script through these functions only, never as text from a study.
"""

import math
from decimal import Decimal


def number(value: float) -> str:
    """Shortest literal of a number: whole numbers without point, very large and small ones with an exponent.

    >>> number(20), number(0.005), number(1.7e6), number(1e-11), number(-2.5)
    ('20', '0.005', '1.7e6', '1e-11', '-2.5')
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot stand in a script")
    if value == 0:
        return "0"
    if 1e-4 <= abs(value) < 1e5:
        return str(int(value)) if value == int(value) else repr(float(value))
    sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    mantissa = str(digits[0]) + ("." + "".join(map(str, digits[1:])) if len(digits) > 1 else "")
    return f"{'-' if sign else ''}{mantissa}e{int(exponent) + len(digits) - 1}"


def tesla(value_mT: float) -> str:
    """Literal in tesla of a field in millitesla, shifted as a decimal.

    >>> tesla(5), tesla(0.1)
    ('0.005', '0.0001')
    """
    return number(float(Decimal(repr(float(value_mT))).scaleb(-3)))
