from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ExportSession")


@_attrs_define
class ExportSession:
    """One login.

    Attributes:
        id (str): The session; the claim `sid` of its tokens.
        created_time (int): The login in Unix seconds.
        last_used_time (int): The last use in Unix seconds, accurate to an hour.
        expire_time (int): When the record is deleted at the earliest, in Unix seconds.
        end_time (int): When the session was ended in Unix seconds, 0 if it was not.
        network (str): The network of the client, IPv4 /24 or IPv6 /48, empty if it is not known.
        client (str): Browser and system of that client, empty if they are not known.
    """

    id: str
    created_time: int
    last_used_time: int
    expire_time: int
    end_time: int
    network: str
    client: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        created_time = self.created_time

        last_used_time = self.last_used_time

        expire_time = self.expire_time

        end_time = self.end_time

        network = self.network

        client = self.client

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "created_time": created_time,
                "last_used_time": last_used_time,
                "expire_time": expire_time,
                "end_time": end_time,
                "network": network,
                "client": client,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        created_time = d.pop("created_time")

        last_used_time = d.pop("last_used_time")

        expire_time = d.pop("expire_time")

        end_time = d.pop("end_time")

        network = d.pop("network")

        client = d.pop("client")

        export_session = cls(
            id=id,
            created_time=created_time,
            last_used_time=last_used_time,
            expire_time=expire_time,
            end_time=end_time,
            network=network,
            client=client,
        )

        export_session.additional_properties = d
        return export_session

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
