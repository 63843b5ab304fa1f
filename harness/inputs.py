"""The base of everything a study file is read into, and its bad-input messages.

In: raw values from a file. Out: frozen models, or a StudyError with a line for each problem.
Types are taken as written (no number from a string, no whole number from 2.5) and unknown keys are refused.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError


class StrictModel(BaseModel):
    """A frozen set of values; strict about types, closed to unknown keys."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )


def _list_as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


ListAsTuple = BeforeValidator(_list_as_tuple)
"""Lets a strict tuple field take the list a file holds."""


class StudyError(ValueError):
    """A study that cannot be run as written.

    Raised for a missing or malformed file, an unknown key, a value of the wrong kind or out of range, and for
    combinations that make no sense (a cell larger than the particle). ``problems`` holds one line each.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


NAME_RULE = "must be a name: letters, digits, _ . - only, at most 64, beginning with a letter or digit"

ModelAt = Callable[[tuple[str | int, ...]], type[StrictModel] | None]


def study_error(
    error: ValidationError, *, source: str, model_at: ModelAt, sweepable: Iterable[str]
) -> StudyError:
    """Translate pydantic's report into one line a problem.

    Parameters
    ----------
    error : what pydantic found.
    source : the file, named at the end of each line.
    model_at : gives the model of the table at a path, for suggestions and ranges.
    sweepable : keys that may be listed under [sweep].
    """
    problems = error.errors(include_url=False, include_context=True)
    meant = {
        (*p["loc"][:-1], guess)
        for p in problems
        if p["type"] == "extra_forbidden" and (guess := _guess(str(p["loc"][-1]), _keys(model_at, p["loc"])))
    }
    absent = [key_path(p["loc"]) for p in problems if p["type"] == "missing" and p["loc"] not in meant]
    lines = [_explain(p, model_at, tuple(sweepable)) for p in problems if p["type"] != "missing"]
    if absent:
        lines.append(f"{', '.join(absent)}: missing")
    return StudyError([f"{line} ({source})" for line in dict.fromkeys(lines)])


def suggestion(key: str, allowed: Iterable[str]) -> str:
    """The end of an unknown-key message: what was probably meant, else what is allowed."""
    allowed = sorted(allowed)
    guess = _guess(key, allowed)
    return f"did you mean {guess}?" if guess else f"allowed: {', '.join(allowed)}"


def _guess(key: str, allowed: Iterable[str]) -> str | None:
    """The allowed key that is the same quantity in another unit, or else a near spelling."""
    allowed = sorted(allowed)
    same_quantity = [a for a in allowed if a.partition("_")[0].lower() == key.partition("_")[0].lower()]
    near = difflib.get_close_matches(key, same_quantity, n=1, cutoff=0.0)
    return next(iter(near or difflib.get_close_matches(key, allowed, n=1)), None)


def _keys(model_at: ModelAt, path: tuple[str | int, ...]) -> Iterable[str]:
    model = model_at(path[:-1])
    return model.model_fields if model else ()


def key_path(path: Iterable[str | int]) -> str:
    """A path as a reader of the file would say it: mesh.cell_nm, protocol[2].b_mT (tables counted from 1)."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _explain(problem: Mapping[str, Any], model_at: ModelAt, sweepable: tuple[str, ...]) -> str:
    loc, kind, value, ctx = problem["loc"], problem["type"], problem["input"], problem.get("ctx", {})
    path, key = key_path(loc), str(loc[-1]) if loc else ""
    model = model_at(loc[:-1]) if loc else None
    if kind == "extra_forbidden":
        noun = "table" if isinstance(value, dict) and len(loc) == 1 else "key"
        return f"{path}: unknown {noun}; {suggestion(key, _keys(model_at, loc))}"
    if kind.startswith("union_tag"):
        allowed = ctx.get("expected_tags", "its kind")
        return (
            f"{path}.kind = {ctx['tag']}: must be one of {allowed}"
            if "tag" in ctx
            else f"{path}: needs a kind"
        )
    if isinstance(value, list | tuple) and kind in _SCALARS:
        remedy = (
            "to run several, put it under [sweep]"
            if key in sweepable
            else "write one [[protocol]] table for each"
            if loc[0] == "protocol"
            else f"only {', '.join(sweepable)} can be listed, under [sweep]"
        )
        return f"{path} = {_show(value)}: one value wanted; {remedy}"
    named = f"{path} = {_show(value)}" if path and not isinstance(value, dict | BaseModel) else path
    if kind == "value_error":
        return f"{named}: {ctx['error']}" if named else str(ctx["error"])
    return f"{named}: {_wanted(kind, key, ctx, model, problem['msg'])}"


def _wanted(
    kind: str, key: str, ctx: Mapping[str, Any], model: type[StrictModel] | None, message: str
) -> str:
    """What a value must be."""
    if kind in _BOUNDS:
        field = model.model_fields.get(key) if model else None
        bounds = [
            f"{words} {getattr(m, name):g}"
            for m in (field.metadata if field else ())
            for name, words in _FIELD_BOUNDS.items()
            if hasattr(m, name)
        ]
        meaning = f" ({field.description})" if field and field.description else ""
        return f"must be {' and '.join(bounds) or f'{_BOUNDS[kind]} {next(iter(ctx.values())):g}'}{meaning}"
    if kind in ("too_short", "too_long"):
        least, most = ctx.get("min_length"), ctx.get("max_length")
        return f"must hold at least {least}" if kind == "too_short" else f"must hold at most {most}"
    if kind == "string_pattern_mismatch":
        return NAME_RULE
    if kind == "literal_error":
        return f"must be {ctx['expected']}"
    return f"must be {_KINDS[kind]}" if kind in _KINDS else f"{message[0].lower()}{message[1:]}"


_BOUNDS = {
    "greater_than": "greater than",
    "greater_than_equal": "at least",
    "less_than": "less than",
    "less_than_equal": "at most",
}
_FIELD_BOUNDS = {"gt": "greater than", "ge": "at least", "lt": "less than", "le": "at most"}
_SCALARS = ("float_type", "int_type", "string_type", "bool_type", "literal_error")
_KINDS = {
    "float_type": "a number",
    "int_type": "a whole number",
    "string_type": "a text",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "finite_number": "finite",
    "model_attributes_type": "a table",
    "bool_type": "true or false",
}


def _show(value: Any) -> str:
    text = json.dumps(list(value) if isinstance(value, tuple) else value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def checked(model: Any, values: Mapping[str, Any]) -> Any:
    """Values from a command line, checked as if they stood in a study.

    Raises
    ------
    StudyError
        If a value is of the wrong kind or out of range.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise study_error(error, source="command line", model_at=lambda _: model, sweepable=()) from None
