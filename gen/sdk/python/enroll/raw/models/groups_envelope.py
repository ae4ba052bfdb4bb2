from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.success_code import SuccessCode

if TYPE_CHECKING:
    from ..models.group import Group


T = TypeVar("T", bound="GroupsEnvelope")


@_attrs_define
class GroupsEnvelope:
    """The answer to a request for the groups.

    Attributes:
        code (SuccessCode): 0, done.
        msg (str): For people, in the language of `Content-Language`.
        data (list[Group]): The groups of the site, by level and id.
        request_id (str): The header `X-Request-Id`.
    """

    code: SuccessCode
    msg: str
    data: list[Group]
    request_id: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code.value

        msg = self.msg

        data = []
        for data_item_data in self.data:
            data_item = data_item_data.to_dict()
            data.append(data_item)

        request_id = self.request_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
                "msg": msg,
                "data": data,
                "request_id": request_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.group import Group

        d = dict(src_dict)
        code = SuccessCode(d.pop("code"))

        msg = d.pop("msg")

        data = []
        _data = d.pop("data")
        for data_item_data in _data:
            data_item = Group.from_dict(data_item_data)

            data.append(data_item)

        request_id = d.pop("request_id")

        groups_envelope = cls(
            code=code,
            msg=msg,
            data=data,
            request_id=request_id,
        )

        groups_envelope.additional_properties = d
        return groups_envelope

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
