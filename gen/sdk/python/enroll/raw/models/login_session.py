from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="LoginSession")


@_attrs_define
class LoginSession:
    """One login of a user.

    Attributes:
        id (str): The session; the claim `sid` of its tokens.
        created_time (int): The login in Unix seconds.
        last_used_time (int): The last use in Unix seconds, accurate to an hour.
        network (str): The network of the client that logged in, an IPv4 /24 or an IPv6 /48; empty if it is not known.
        client (str): Browser and system of that client, or the name of a program; empty if it is not known.
        current (bool): Whether it is the session of the token that was sent.
    """

    id: str
    created_time: int
    last_used_time: int
    network: str
    client: str
    current: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        created_time = self.created_time

        last_used_time = self.last_used_time

        network = self.network

        client = self.client

        current = self.current

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "created_time": created_time,
                "last_used_time": last_used_time,
                "network": network,
                "client": client,
                "current": current,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        created_time = d.pop("created_time")

        last_used_time = d.pop("last_used_time")

        network = d.pop("network")

        client = d.pop("client")

        current = d.pop("current")

        login_session = cls(
            id=id,
            created_time=created_time,
            last_used_time=last_used_time,
            network=network,
            client=client,
            current=current,
        )

        login_session.additional_properties = d
        return login_session

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
