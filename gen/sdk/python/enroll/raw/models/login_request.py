from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="LoginRequest")


@_attrs_define
class LoginRequest:
    """Credentials. One of `user_name`, `email` and `phone` with `password`, or one of `email` and `phone` with `code`;
    without them the reason is `login_incomplete`.

        Attributes:
            user_name (str | Unset): The user name, in any case or width. An email (it has an `@`) or a phone (it has no
                letter) is taken as such, with its own rules. Example: newuser.
            email (str | Unset): The email, once it has been verified. Example: newuser@example.com.
            phone (str | Unset): The phone, national or E.164. Example: 13800138000.
            password (str | Unset): The password, exactly as it was chosen. Refused with `credentials_wrong`. Example:
                MyPassword123.
            code (str | Unset): The 6 digits that `POST /api/verify/phone` sent to `phone` for the purpose `login`, or `POST
                /api/verify/email` to `email` for the state `login`, instead of a password. Refused with `code_wrong`,
                `code_expired`, `code_exhausted`. Example: 123456.
            remember (bool | Unset): true for a token that lives as long as that of a registration (30 days unless set).
                Otherwise the token lives a day (unless set). Example: True.
            accepted_terms (str | Unset): The `version` of the `terms` of `GET /api/settings` that the person has just
                accepted. Send it after a refusal with `terms_outdated`; a user that has accepted this version before needs
                none. Example: 2026-11.
            captcha_id (str | Unset): The `captcha_id` of `GET /api/captcha`. Needed when the deployment asks for captchas.
                Refused with `captcha_required`, `captcha_wrong`.
            captcha (str | Unset): The answer, that is what the person read or heard, the proof of work, or the widget's
                token. Right or wrong, the captcha is spent by this request.
    """

    user_name: str | Unset = UNSET
    email: str | Unset = UNSET
    phone: str | Unset = UNSET
    password: str | Unset = UNSET
    code: str | Unset = UNSET
    remember: bool | Unset = UNSET
    accepted_terms: str | Unset = UNSET
    captcha_id: str | Unset = UNSET
    captcha: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        user_name = self.user_name

        email = self.email

        phone = self.phone

        password = self.password

        code = self.code

        remember = self.remember

        accepted_terms = self.accepted_terms

        captcha_id = self.captcha_id

        captcha = self.captcha

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if user_name is not UNSET:
            field_dict["user_name"] = user_name
        if email is not UNSET:
            field_dict["email"] = email
        if phone is not UNSET:
            field_dict["phone"] = phone
        if password is not UNSET:
            field_dict["password"] = password
        if code is not UNSET:
            field_dict["code"] = code
        if remember is not UNSET:
            field_dict["remember"] = remember
        if accepted_terms is not UNSET:
            field_dict["accepted_terms"] = accepted_terms
        if captcha_id is not UNSET:
            field_dict["captcha_id"] = captcha_id
        if captcha is not UNSET:
            field_dict["captcha"] = captcha

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        user_name = d.pop("user_name", UNSET)

        email = d.pop("email", UNSET)

        phone = d.pop("phone", UNSET)

        password = d.pop("password", UNSET)

        code = d.pop("code", UNSET)

        remember = d.pop("remember", UNSET)

        accepted_terms = d.pop("accepted_terms", UNSET)

        captcha_id = d.pop("captcha_id", UNSET)

        captcha = d.pop("captcha", UNSET)

        login_request = cls(
            user_name=user_name,
            email=email,
            phone=phone,
            password=password,
            code=code,
            remember=remember,
            accepted_terms=accepted_terms,
            captcha_id=captcha_id,
            captcha=captcha,
        )

        return login_request
