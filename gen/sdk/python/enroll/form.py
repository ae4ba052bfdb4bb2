"""Checks answers against the types of the contract. Generated code declares them and does not check them."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from typing import Any

import attrs

from .raw import models
from .raw.types import Unset


def has_form(answer: Any) -> bool:
    """Whether each field of an answer is of its type."""
    return all(_fits(getattr(answer, name), hint) for name, hint in _fields(type(answer)).items())


def _fields(kind: type) -> Mapping[str, Any]:
    # Models import each other for type checkers only.
    hints = typing.get_type_hints(kind, localns=vars(models))
    return {name: hint for name, hint in hints.items() if name != "additional_properties"}


def _fits(value: Any, hint: Any) -> bool:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, one) for one in inner) or (value is None and Unset in inner)
    if origin is list:
        return isinstance(value, list) and all(_fits(one, inner[0]) for one in value)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    kind = origin or hint
    return isinstance(value, kind) and (not attrs.has(kind) or has_form(value))
