from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.success_code import SuccessCode

if TYPE_CHECKING:
    from ..models.user import User


T = TypeVar("T", bound="RegisterEnvelope")


@_attrs_define
class RegisterEnvelope:
    """The answer to a registration.

    Attributes:
        code (SuccessCode): 0, done.
        msg (str): For people, in the language of `Content-Language`.
        data (User): A user with its token. Every field except `deletion_canceled` and `approval_pending` is always
            present.
        request_id (str): The header `X-Request-Id`.
    """

    code: SuccessCode
    msg: str
    data: User
    request_id: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code.value

        msg = self.msg

        data = self.data.to_dict()

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
        from ..models.user import User

        d = dict(src_dict)
        code = SuccessCode(d.pop("code"))

        msg = d.pop("msg")

        data = User.from_dict(d.pop("data"))

        request_id = d.pop("request_id")

        register_envelope = cls(
            code=code,
            msg=msg,
            data=data,
            request_id=request_id,
        )

        register_envelope.additional_properties = d
        return register_envelope

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
