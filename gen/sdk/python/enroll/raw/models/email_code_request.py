from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.email_purpose import EmailPurpose
from ..types import UNSET, Unset

T = TypeVar("T", bound="EmailCodeRequest")


@_attrs_define
class EmailCodeRequest:
    """A code to send by mail.

    Attributes:
        email (str | Unset): The address; for `verify` and `change` the one of the account when it is not sent. Refused
            with `email_invalid`, `email_too_long`, `email_domain`, `email_not_offered`. Example: newuser@example.com.
        state (EmailPurpose | Unset): What the code is for, by the reference's word; it is good for nothing else.
            `verify` when it is not sent.
        invite_code (str | Unset): The code of an operator's invitation, needed for `register` where `signup` is
            `invite`, and not read otherwise. The registration needs it again. Refused with `invite_invalid`.
        captcha_id (str | Unset): The `captcha_id` of `GET /api/captcha`. Needed when the deployment asks for captchas.
            Refused with `captcha_required`, `captcha_wrong`.
        captcha (str | Unset): The answer, that is what the person read or heard, the proof of work, or the widget's
            token. Right or wrong, the captcha is spent by this request.
    """

    email: str | Unset = UNSET
    state: EmailPurpose | Unset = UNSET
    invite_code: str | Unset = UNSET
    captcha_id: str | Unset = UNSET
    captcha: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        email = self.email

        state: str | Unset = UNSET
        if not isinstance(self.state, Unset):
            state = self.state.value

        invite_code = self.invite_code

        captcha_id = self.captcha_id

        captcha = self.captcha

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if email is not UNSET:
            field_dict["email"] = email
        if state is not UNSET:
            field_dict["state"] = state
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
        email = d.pop("email", UNSET)

        _state = d.pop("state", UNSET)
        state: EmailPurpose | Unset
        if isinstance(_state, Unset):
            state = UNSET
        else:
            state = EmailPurpose(_state)

        invite_code = d.pop("invite_code", UNSET)

        captcha_id = d.pop("captcha_id", UNSET)

        captcha = d.pop("captcha", UNSET)

        email_code_request = cls(
            email=email,
            state=state,
            invite_code=invite_code,
            captcha_id=captcha_id,
            captcha=captcha,
        )

        return email_code_request
