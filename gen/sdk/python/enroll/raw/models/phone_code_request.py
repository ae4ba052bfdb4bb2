from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.code_purpose import CodePurpose
from ..models.phone_code_request_channel import PhoneCodeRequestChannel
from ..types import UNSET, Unset

T = TypeVar("T", bound="PhoneCodeRequest")


@_attrs_define
class PhoneCodeRequest:
    """A code to send.

    Attributes:
        phone (str): The mobile number to send to, written as in a registration. Refused with `phone_invalid`,
            `phone_not_mobile`, `phone_country`, `phone_not_offered`. Example: 13800138000.
        purpose (CodePurpose | Unset): What the code is for; it is good for nothing else. `register` when it is not
            sent.
        channel (PhoneCodeRequestChannel | Unset): How the code comes, `sms` when it is not sent. `voice` is a call, for
            a person to whom the SMS did not come. Refused with `voice_not_offered`, `sms_first`.
        invite_code (str | Unset): The code of an operator's invitation, needed for `register` where `signup` is
            `invite`, and not read otherwise. The registration needs it again. Refused with `invite_invalid`.
        captcha_id (str | Unset): The `captcha_id` of `GET /api/captcha`. Needed when the deployment asks for captchas.
            Refused with `captcha_required`, `captcha_wrong`.
        captcha (str | Unset): The answer, that is what the person read or heard, the proof of work, or the widget's
            token. Right or wrong, the captcha is spent by this request.
    """

    phone: str
    purpose: CodePurpose | Unset = UNSET
    channel: PhoneCodeRequestChannel | Unset = UNSET
    invite_code: str | Unset = UNSET
    captcha_id: str | Unset = UNSET
    captcha: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        phone = self.phone

        purpose: str | Unset = UNSET
        if not isinstance(self.purpose, Unset):
            purpose = self.purpose.value

        channel: str | Unset = UNSET
        if not isinstance(self.channel, Unset):
            channel = self.channel.value

        invite_code = self.invite_code

        captcha_id = self.captcha_id

        captcha = self.captcha

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "phone": phone,
            }
        )
        if purpose is not UNSET:
            field_dict["purpose"] = purpose
        if channel is not UNSET:
            field_dict["channel"] = channel
        if invite_code is not UNSET:
            field_dict["invite_code"] = invite_code
        if captcha_id is not UNSET:
            field_dict["captcha_id"] = captcha_id
        if captcha is not UNSET:
            field_dict["captcha"] = captcha

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        phone = d.pop("phone")

        _purpose = d.pop("purpose", UNSET)
        purpose: CodePurpose | Unset
        if isinstance(_purpose, Unset):
            purpose = UNSET
        else:
            purpose = CodePurpose(_purpose)

        _channel = d.pop("channel", UNSET)
        channel: PhoneCodeRequestChannel | Unset
        if isinstance(_channel, Unset):
            channel = UNSET
        else:
            channel = PhoneCodeRequestChannel(_channel)

        invite_code = d.pop("invite_code", UNSET)

        captcha_id = d.pop("captcha_id", UNSET)

        captcha = d.pop("captcha", UNSET)

        phone_code_request = cls(
            phone=phone,
            purpose=purpose,
            channel=channel,
            invite_code=invite_code,
            captcha_id=captcha_id,
            captcha=captcha,
        )

        return phone_code_request
