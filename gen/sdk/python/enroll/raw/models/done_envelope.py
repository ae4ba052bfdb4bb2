from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.success_code import SuccessCode

if TYPE_CHECKING:
    from ..models.done_envelope_data_type_0 import DoneEnvelopeDataType0


T = TypeVar("T", bound="DoneEnvelope")


@_attrs_define
class DoneEnvelope:
    """The answer of an operation that returns nothing.

    Attributes:
        code (SuccessCode): 0, done.
        msg (str): For people, in the language of `Content-Language`.
        data (DoneEnvelopeDataType0 | None): Always null.
        request_id (str): The header `X-Request-Id`.
    """

    code: SuccessCode
    msg: str
    data: DoneEnvelopeDataType0 | None
    request_id: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.done_envelope_data_type_0 import DoneEnvelopeDataType0

        code = self.code.value

        msg = self.msg

        data: dict[str, Any] | None
        if isinstance(self.data, DoneEnvelopeDataType0):
            data = self.data.to_dict()
        else:
            data = self.data

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
        from ..models.done_envelope_data_type_0 import DoneEnvelopeDataType0

        d = dict(src_dict)
        code = SuccessCode(d.pop("code"))

        msg = d.pop("msg")

        def _parse_data(data: object) -> DoneEnvelopeDataType0 | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                data_type_0 = DoneEnvelopeDataType0.from_dict(data)

                return data_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(DoneEnvelopeDataType0 | None, data)

        data = _parse_data(d.pop("data"))

        request_id = d.pop("request_id")

        done_envelope = cls(
            code=code,
            msg=msg,
            data=data,
            request_id=request_id,
        )

        done_envelope.additional_properties = d
        return done_envelope

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
