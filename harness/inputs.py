"""The base of everything a study file is read into, and what is said of bad input.

In: a TOML file, or values as it would hold them. Out: frozen models, or an InputError with a line a problem.
Types are taken as written (no number from a string, no whole number from 2.5) and unknown keys are refused.
"""

from __future__ import annotations

import difflib
import inspect
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from reduced_model.errors import InputError

StudyError = InputError
"""The former name."""


class StrictModel(BaseModel):
    """A frozen set of values; strict about types, closed to unknown keys."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )


AnyModel = TypeVar("AnyModel", bound=StrictModel)
KeyPath = tuple[str | int, ...]
IfListed = Callable[[KeyPath], str]

ListAsTuple = BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value)
"""Lets a strict tuple field take the list a file holds."""


def read_toml(file: Path) -> dict[str, Any]:
    """What a TOML file holds; raises InputError if it cannot be read or is no TOML in UTF-8.

    A file that is not there raises FileNotFoundError.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))  # some editors begin a file with a mark
    except FileNotFoundError:
        raise
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{file}: cannot be read: not a text in UTF-8") from None
    except (ValueError, RecursionError) as error:  # a number of too many digits, a list in a list in a list
        why = str(error).split(";")[0]
        raise InputError(f"{file}: not valid TOML, which has lines like radius_nm = 20: {why}") from None


def checked(
    model: type[AnyModel],
    values: Mapping[str, Any],
    *,
    source: str = "command line",
    if_listed: IfListed | None = None,
) -> AnyModel:
    """Values as a model, checked.

    Parameters
    ----------
    model : type
    values : mapping
        By key, as a study file would hold them.
    source : str
        Where they come from, named at the end of each line.
    if_listed : callable
        Says what to do where a list stands at a path and one value belongs.

    Raises
    ------
    InputError
        With a line for each problem: key, value, what is allowed, what the key means.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        lines = _lines(error, model, if_listed)
        raise InputError([f"{line} ({source})" for line in dict.fromkeys(lines)]) from None


def _lines(error: ValidationError, model: type[StrictModel], if_listed: IfListed | None) -> list[str]:
    lines, absent, meant = [], [], set()
    for problem in error.errors(include_url=False):
        path, kind = problem["loc"], problem["type"]
        if kind == "extra_forbidden":
            table, key = _table(model, path[:-1]), str(path[-1])
            allowed = table.model_fields if table else ()
            lines.append(f"{key_path(path)}: unknown key; {suggestion(key, allowed)}")
            meant.add(key_path((*path[:-1], _nearest(key, allowed) or key)))
        elif kind in ("missing", "union_tag_not_found"):
            absent.append(key_path(path if kind == "missing" else (*path, "kind")))
        elif kind == "union_tag_invalid":
            kinds = re.findall(r"'\w+'", problem["ctx"]["expected_tags"])
            asked = [kind for kind in kinds if kind not in NOT_ASKED_FOR]
            tag = str(problem["ctx"]["tag"])
            near = difflib.get_close_matches(f"'{tag.lower()}'", asked, n=1)
            meaning = f"; did you mean {near[0]}?" if near else ""
            lines.append(f"{key_path(path)}.kind = {tag}: should be one of {', '.join(asked)}{meaning}")
        else:
            lines.append(_line(problem, _field(model, path), if_listed))
    if absent := [key for key in absent if key not in meant]:
        lines.append(f"{', '.join(absent)}: missing")
    return lines


def suggestion(key: str, allowed: Iterable[str]) -> str:
    """The end of an unknown-key message: what was probably meant, else what is allowed."""
    guess = _nearest(key, allowed)
    return f"did you mean {guess}?" if guess else f"allowed: {', '.join(sorted(allowed))}"


def _nearest(key: str, allowed: Iterable[str]) -> str | None:
    """The allowed key that is the same quantity in another unit, or else a near spelling."""
    allowed = sorted(allowed)
    same_quantity = [a for a in allowed if a.partition("_")[0].lower() == key.partition("_")[0].lower()]
    near = difflib.get_close_matches(key, same_quantity, n=1, cutoff=0.0)
    return next(iter(near or difflib.get_close_matches(key, allowed, n=1)), None)


def key_path(path: KeyPath) -> str:
    """A path as a reader of the file would say it: mesh.cell_nm, protocol[2].b_mT (tables counted from 1)."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _line(problem: Mapping[str, Any], field: FieldInfo | None, if_listed: IfListed | None) -> str:
    """Key, value, pydantic's message in a file's words with every bound of the field, the field's meaning."""
    value, ctx, shown = problem["input"], problem.get("ctx", {}), key_path(problem["loc"])
    if shown and not isinstance(value, dict | BaseModel):
        shown += f" = {_in_short(value)}"
    message = re.sub("valid dictionary( or instance of .*)?", "table", problem["msg"].removeprefix("Input "))
    message = str(ctx.get("error") or message.replace("valid tuple", "list").replace("Tuple", "list"))
    if problem["type"] in _LENGTHS:
        word, key = _LENGTHS[problem["type"]]
        message = f"should be a list of {word} {ctx[key]} value{'s' * (ctx[key] != 1)}"
    if field and "error" not in ctx:
        if problem["type"] not in _LENGTHS and (bounds := " and ".join(_bounds(field))):
            message = f"should be {bounds}" if ctx.keys() & _BOUNDS.keys() else f"{message}, {bounds}"
        message += f" ({field.description})" if field.description else ""
        if if_listed and isinstance(value, list | tuple) and problem["type"] in _ONE_VALUE:
            message += f"; {if_listed(problem['loc'])}"
    return f"{shown}: {message}" if shown else message


_BOUNDS = {"gt": "greater than", "ge": "at least", "lt": "less than", "le": "at most"}
_LENGTHS = {"too_short": ("at least", "min_length"), "too_long": ("at most", "max_length")}
NOT_ASKED_FOR = ("'imported'",)
"""Kinds of a table that records hold and no study asks for."""
_ONE_VALUE = ("float_type", "int_type", "string_type", "bool_type", "literal_error")


def _bounds(field: FieldInfo) -> list[str]:
    parts = [field, *(part for part in _within(field.annotation) if isinstance(part, FieldInfo))]
    limits = [limit for part in parts for limit in part.metadata]
    return [f"{_BOUNDS[k]} {getattr(m, k):g}" for m in limits for k in _BOUNDS if hasattr(m, k)]


def allowed(field: FieldInfo) -> str:
    """What a field may be, in words: its bounds, or its choices; "" where its type says it all."""
    choices = [
        arg for part in _within(field.annotation) if get_origin(part) is Literal for arg in get_args(part)
    ]
    return " and ".join(_bounds(field)) or " or ".join(map(json.dumps, dict.fromkeys(choices)))


def _field(model: type[StrictModel], path: KeyPath) -> FieldInfo | None:
    """The field a path leads to; for a member of a list, the list's."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    table = _table(model, path[:-1])
    return table.model_fields.get(str(path[-1])) if table and path else None


def _table(model: type[StrictModel], path: KeyPath) -> type[StrictModel] | None:
    """The model of the table at a path of keys, places in a list and kinds; None if it is no table."""
    models = [model]
    for part in (part for part in path if isinstance(part, str)):
        fields = [m.model_fields[part] for m in models if part in m.model_fields]
        inner = [t for field in fields for t in _within(field.annotation)]
        kinds = [m for m in models if "kind" in m.model_fields and m.model_fields["kind"].default == part]
        models = kinds or [t for t in inner if inspect.isclass(t) and issubclass(t, StrictModel)]
    return models[0] if len(models) == 1 else None


def _within(annotation: Any) -> Iterator[Any]:
    """A type with all the types it is made of."""
    yield annotation
    for part in get_args(annotation):
        yield from _within(part)


def _in_short(value: Any) -> str:
    try:
        text = json.dumps(value, default=str, ensure_ascii=False)
    except ValueError:  # a whole number of thousands of digits
        return "..."
    return text if len(text) <= 60 else text[:57] + "..."
