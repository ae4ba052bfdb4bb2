from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.reason import Reason

T = TypeVar("T", bound="FieldError")


@_attrs_define
class FieldError:
    """What is wrong with one field.

    Attributes:
        field (str): The field's name in the body, a member of `extra` as `extra.city`, or a header's name; empty when
            the body as a whole is meant.
        reason (Reason): Why, for programs. Reasons of an answer as a whole stand in each operation's table; in `errors`
            there are besides them
            `required`, `unknown_field`, `duplicate_field`, `wrong_type`, `too_short`, `too_long`, `out_of_range`,
            `bad_format` and `forbidden_character`.
            A later version may give reasons that are not listed here: treat one that you do not know by its `code`.
        msg (str): For people, in the language of `Content-Language`.
    """

    field: str
    reason: Reason
    msg: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        field = self.field

        reason = self.reason.value

        msg = self.msg

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "field": field,
                "reason": reason,
                "msg": msg,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        field = d.pop("field")

        reason = Reason(d.pop("reason"))

        msg = d.pop("msg")

        field_error = cls(
            field=field,
            reason=reason,
            msg=msg,
        )

        field_error.additional_properties = d
        return field_error

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
