from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ExportChange")


@_attrs_define
class ExportChange:
    """A change that was logged.

    Attributes:
        time (int): When, in Unix seconds.
        actor (str): self for the user; others for the operator.
        act (str): What was done.
        network (str): The network of the user, IPv4 /24 or IPv6 /48, empty if it is not known.
        detail (str): More about it, or empty.
    """

    time: int
    actor: str
    act: str
    network: str
    detail: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        time = self.time

        actor = self.actor

        act = self.act

        network = self.network

        detail = self.detail

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "time": time,
                "actor": actor,
                "act": act,
                "network": network,
                "detail": detail,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        time = d.pop("time")

        actor = d.pop("actor")

        act = d.pop("act")

        network = d.pop("network")

        detail = d.pop("detail")

        export_change = cls(
            time=time,
            actor=actor,
            act=act,
            network=network,
            detail=detail,
        )

        export_change.additional_properties = d
        return export_change

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
