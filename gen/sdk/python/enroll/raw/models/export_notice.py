from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ExportNotice")


@_attrs_define
class ExportNotice:
    """A message to the user.

    Attributes:
        kind (str): What it is about.
        address (str): Where it is sent.
        locale (str): The language.
        created_time (int): When the change was made that it is about, in Unix seconds.
        due_time (int): When the next attempt is made, in Unix seconds.
        attempts (int): The attempts so far.
    """

    kind: str
    address: str
    locale: str
    created_time: int
    due_time: int
    attempts: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind = self.kind

        address = self.address

        locale = self.locale

        created_time = self.created_time

        due_time = self.due_time

        attempts = self.attempts

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "address": address,
                "locale": locale,
                "created_time": created_time,
                "due_time": due_time,
                "attempts": attempts,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        kind = d.pop("kind")

        address = d.pop("address")

        locale = d.pop("locale")

        created_time = d.pop("created_time")

        due_time = d.pop("due_time")

        attempts = d.pop("attempts")

        export_notice = cls(
            kind=kind,
            address=address,
            locale=locale,
            created_time=created_time,
            due_time=due_time,
            attempts=attempts,
        )

        export_notice.additional_properties = d
        return export_notice

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
