from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ExportCode")


@_attrs_define
class ExportCode:
    """A code that was sent to the user.

    Attributes:
        address (str): Where it was sent.
        purpose (str): What it is for.
        sent_time (int): When, in Unix seconds.
        expire_time (int): Until when it is valid, in Unix seconds.
    """

    address: str
    purpose: str
    sent_time: int
    expire_time: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        address = self.address

        purpose = self.purpose

        sent_time = self.sent_time

        expire_time = self.expire_time

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "address": address,
                "purpose": purpose,
                "sent_time": sent_time,
                "expire_time": expire_time,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        address = d.pop("address")

        purpose = d.pop("purpose")

        sent_time = d.pop("sent_time")

        expire_time = d.pop("expire_time")

        export_code = cls(
            address=address,
            purpose=purpose,
            sent_time=sent_time,
            expire_time=expire_time,
        )

        export_code.additional_properties = d
        return export_code

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
