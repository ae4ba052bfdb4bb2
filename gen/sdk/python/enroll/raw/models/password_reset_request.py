from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="PasswordResetRequest")


@_attrs_define
class PasswordResetRequest:
    """A new password, and the code that shows whose it is. Either `email` or `phone` is needed.

    Attributes:
        code (str): The 6 digits. Refused with `code_wrong`, `code_expired`, `code_exhausted`. Example: 123456.
        password (str): The new password, under the rules of a registration. Refused with `password_too_short`,
            `password_too_long`, `password_common`, `password_context`. Example: MyPassword456.
        email (str | Unset): The verified email that the code was sent to. Example: newuser@example.com.
        phone (str | Unset): The phone that the code was sent to, written as in a registration. Example: 13800138000.
        captcha_id (str | Unset): The `captcha_id` of `GET /api/captcha`. Needed when the deployment asks for captchas.
            Refused with `captcha_required`, `captcha_wrong`.
        captcha (str | Unset): The answer, that is what the person read or heard, the proof of work, or the widget's
            token. Right or wrong, the captcha is spent by this request.
    """

    code: str
    password: str
    email: str | Unset = UNSET
    phone: str | Unset = UNSET
    captcha_id: str | Unset = UNSET
    captcha: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        password = self.password

        email = self.email

        phone = self.phone

        captcha_id = self.captcha_id

        captcha = self.captcha

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
                "password": password,
            }
        )
        if email is not UNSET:
            field_dict["email"] = email
        if phone is not UNSET:
            field_dict["phone"] = phone
        if captcha_id is not UNSET:
            field_dict["captcha_id"] = captcha_id
        if captcha is not UNSET:
            field_dict["captcha"] = captcha

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        code = d.pop("code")

        password = d.pop("password")

        email = d.pop("email", UNSET)

        phone = d.pop("phone", UNSET)

        captcha_id = d.pop("captcha_id", UNSET)

        captcha = d.pop("captcha", UNSET)

        password_reset_request = cls(
            code=code,
            password=password,
            email=email,
            phone=phone,
            captcha_id=captcha_id,
            captcha=captcha,
        )

        return password_reset_request
