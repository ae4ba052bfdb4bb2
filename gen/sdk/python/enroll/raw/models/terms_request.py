from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="TermsRequest")


@_attrs_define
class TermsRequest:
    """The acceptance of the terms.

    Attributes:
        accepted_terms (str): The `version` of the `terms` of `GET /api/settings`. Refused with `terms_outdated`.
            Example: 2026-11.
    """

    accepted_terms: str

    def to_dict(self) -> dict[str, Any]:
        accepted_terms = self.accepted_terms

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "accepted_terms": accepted_terms,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        accepted_terms = d.pop("accepted_terms")

        terms_request = cls(
            accepted_terms=accepted_terms,
        )

        return terms_request
