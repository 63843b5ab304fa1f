"""The models there are, and every way their names are written.

In: a name as typed on a command line, in a notebook or in a paper. Out: a Model, which is its own name.
"""

from enum import StrEnum

from reduced_model.errors import ModelError


class Model(StrEnum):
    """The reduced models of a sphere; each equals the text it is named by, ``Model.PRIME == "H'"``.

    Source: Adams & Michels 2026, Eq. 7 (H'), Eq. 9 (H''); Stoner & Wohlfarth 1948 (a rigid moment).

    Examples
    --------
    >>> Model("Hpp"), Model("H″").symbol, Model.PRIME.key
    (<Model.DOUBLE_PRIME: "H''">, 'H″', 'prime')
    """

    PRIME = "H'"
    DOUBLE_PRIME = "H''"
    STONER_WOHLFARTH = "SW"

    @property
    def symbol(self) -> str:
        """The name as it is printed, with true primes."""
        return self.value.replace("''", "″").replace("'", "′")

    @property
    def key(self) -> str:
        """The name in file names and column names."""
        return self.name.lower()

    @property
    def option(self) -> str:
        """The name on the command line, free of quotes: Hp, Hpp, SW."""
        return self.value.replace("'", "p")

    @classmethod
    def _missing_(cls, value: object) -> "Model":
        for model in cls:
            if value in (model.symbol, model.option):
                return model
        typed = ", ".join([*VORTEX_MODELS, *(model.option for model in cls)])
        raise ModelError.of("model", value, f"one of {typed}")


VORTEX_MODELS = (Model.PRIME, Model.DOUBLE_PRIME)
"""The models that have a vortex, in the order in which they are shown."""
