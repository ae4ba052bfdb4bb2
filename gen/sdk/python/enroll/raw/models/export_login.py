from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ExportLogin")


@_attrs_define
class ExportLogin:
    """What is known of a client network for the account.

    Attributes:
        network (str): The network; empty for all together.
        failed (int): Wrong passwords.
        since_time (int): From when on they are counted, in Unix seconds.
        known_until_time (int): Until when the network counts as that of the user, in Unix seconds; 0 if it does not.
    """

    network: str
    failed: int
    since_time: int
    known_until_time: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        network = self.network

        failed = self.failed

        since_time = self.since_time

        known_until_time = self.known_until_time

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "network": network,
                "failed": failed,
                "since_time": since_time,
                "known_until_time": known_until_time,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        network = d.pop("network")

        failed = d.pop("failed")

        since_time = d.pop("since_time")

        known_until_time = d.pop("known_until_time")

        export_login = cls(
            network=network,
            failed=failed,
            since_time=since_time,
            known_until_time=known_until_time,
        )

        export_login.additional_properties = d
        return export_login

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
