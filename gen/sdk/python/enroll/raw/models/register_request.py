from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="RegisterRequest")


@_attrs_define
class RegisterRequest:
    """A registration. It needs `user_name` and `password`, `phone` and `code`, or `email` and `code`; without them the
    reason is `registration_incomplete`.

        Attributes:
            user_name (str | Unset): 2 to 32 characters: letters and digits of one script (Han with Latin is fine) and
                single `_`, `.` or `-` between them; not
                only digits; not reserved, and without a reserved role as a part (`support.team`, `官方客服小美`). Unique per site;
                case, width,
                joiners and look-alike letters do not make another name.
                Refused with `user_name_not_offered`, `user_name_too_short`, `user_name_too_long`, `user_name_character`,
                `user_name_mixed_scripts`, `user_name_digits`, `user_name_reserved`, `user_name_taken`.
                 Example: newuser.
            password (str | Unset): 8 to 128 characters (the deployment may ask for more), any character, spaces included;
                none is cut off, trimmed or folded. A
                password that everybody tries first, or that is the user name, email or phone itself, is refused. Refused with
                `password_too_short`,
                `password_too_long`, `password_common`, `password_context`.
                 Example: MyPassword123.
            captcha_id (str | Unset): The `captcha_id` of `GET /api/captcha`. Needed when the deployment asks for captchas;
                ignored when it does not. Refused with `captcha_required`, `captcha_wrong`.
            captcha (str | Unset): The answer, that is what the person read or heard, the proof of work, or the widget's
                token. Right or wrong, the captcha is spent by this request.
            real_name (str | Unset): A display name in any script, of 64 characters at most. It must have a visible
                character, and no control characters, blank letters or piles of combining marks. Refused with
                `real_name_invalid`. Example: 新用户.
            first_name (str | Unset): The given name. By the rules of `real_name`, which is not made of it. Refused with
                `real_name_invalid`. Example: 新.
            last_name (str | Unset): The family name. By the rules of `real_name`, which is not made of it. Refused with
                `real_name_invalid`. Example: 用户.
            avatar_url (str | Unset): An absolute `http(s)` URL or a path within the site (`uploads/a.webp`,
                `/uploads/a.webp`). Refused with `avatar_url_invalid`.
            email (str | Unset): An email address (RFC 5321, 254 octets at most). Unique per site, in lower case. With its
                `code` it is verified. Without, it is stored unverified and is no way to log in until it has been verified.
                Refused with `email_invalid`, `email_too_long`, `email_domain`, `email_not_offered`, `email_taken`.
                 Example: newuser@example.com.
            phone (str | Unset): A mobile number: a national one of the deployment's default region (`13800138000`) or E.164
                (`+4915112345678`), in the digits of any script; spaces, hyphens and `tel:` are fine.
                Always with its `code`. Unique per site. Refused with `phone_invalid`, `phone_not_mobile`, `phone_country`,
                `phone_not_offered`, `phone_taken`.
                 Example: 13800138000.
            code (str | Unset): The 6 digits that `POST /api/verify/phone` sent to `phone` for the purpose `register`, or,
                without a `phone`, that `POST /api/verify/email` sent to `email` for the `state` `register`. Refused with
                `code_wrong`, `code_expired`, `code_exhausted`. Example: 123456.
            invite_code (str | Unset): The `invite_code` of the user who invites, or the code of an operator's invitation,
                which begins with `inv_`; upper and lower case are the same. A user becomes the `parent_id`; an operator's
                invitation names none, and admits a registration where `signup` is `invite`. Refused with `invite_invalid`.
            invite_id (int | Unset): The `id` of the user who invites, instead of its code; if both are sent, they must
                belong to one user. Where invitations are limited, an id without the code is refused. 0 is none. Refused with
                `invite_invalid`. Example: 0.
            birthday (int | Unset): The birthday in Unix seconds, needed where `min_age` of `GET /api/settings` is not 0: a
                second of the day in UTC, midnight as a rule; 0 means not given, so send 1 for 1970-01-01.
                It is compared with `min_age` and not stored; the holder may store it later in the profile. Not read where there
                is no `min_age`. Refused with `birthday_invalid`, `too_young`.
                 Example: 631152000.
            accepted_terms (str | Unset): The `version` of the `terms` of `GET /api/settings` that the person has accepted,
                exactly as it stands there. Needed where there are terms; accepted and not stored where there are none. Refused
                with `terms_required`, `terms_outdated`. Example: 2026-11.
    """

    user_name: str | Unset = UNSET
    password: str | Unset = UNSET
    captcha_id: str | Unset = UNSET
    captcha: str | Unset = UNSET
    real_name: str | Unset = UNSET
    first_name: str | Unset = UNSET
    last_name: str | Unset = UNSET
    avatar_url: str | Unset = UNSET
    email: str | Unset = UNSET
    phone: str | Unset = UNSET
    code: str | Unset = UNSET
    invite_code: str | Unset = UNSET
    invite_id: int | Unset = UNSET
    birthday: int | Unset = UNSET
    accepted_terms: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        user_name = self.user_name

        password = self.password

        captcha_id = self.captcha_id

        captcha = self.captcha

        real_name = self.real_name

        first_name = self.first_name

        last_name = self.last_name

        avatar_url = self.avatar_url

        email = self.email

        phone = self.phone

        code = self.code

        invite_code = self.invite_code

        invite_id = self.invite_id

        birthday = self.birthday

        accepted_terms = self.accepted_terms

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if user_name is not UNSET:
            field_dict["user_name"] = user_name
        if password is not UNSET:
            field_dict["password"] = password
        if captcha_id is not UNSET:
            field_dict["captcha_id"] = captcha_id
        if captcha is not UNSET:
            field_dict["captcha"] = captcha
        if real_name is not UNSET:
            field_dict["real_name"] = real_name
        if first_name is not UNSET:
            field_dict["first_name"] = first_name
        if last_name is not UNSET:
            field_dict["last_name"] = last_name
        if avatar_url is not UNSET:
            field_dict["avatar_url"] = avatar_url
        if email is not UNSET:
            field_dict["email"] = email
        if phone is not UNSET:
            field_dict["phone"] = phone
        if code is not UNSET:
            field_dict["code"] = code
        if invite_code is not UNSET:
            field_dict["invite_code"] = invite_code
        if invite_id is not UNSET:
            field_dict["invite_id"] = invite_id
        if birthday is not UNSET:
            field_dict["birthday"] = birthday
        if accepted_terms is not UNSET:
            field_dict["accepted_terms"] = accepted_terms

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        user_name = d.pop("user_name", UNSET)

        password = d.pop("password", UNSET)

        captcha_id = d.pop("captcha_id", UNSET)

        captcha = d.pop("captcha", UNSET)

        real_name = d.pop("real_name", UNSET)

        first_name = d.pop("first_name", UNSET)

        last_name = d.pop("last_name", UNSET)

        avatar_url = d.pop("avatar_url", UNSET)

        email = d.pop("email", UNSET)

        phone = d.pop("phone", UNSET)

        code = d.pop("code", UNSET)

        invite_code = d.pop("invite_code", UNSET)

        invite_id = d.pop("invite_id", UNSET)

        birthday = d.pop("birthday", UNSET)

        accepted_terms = d.pop("accepted_terms", UNSET)

        register_request = cls(
            user_name=user_name,
            password=password,
            captcha_id=captcha_id,
            captcha=captcha,
            real_name=real_name,
            first_name=first_name,
            last_name=last_name,
            avatar_url=avatar_url,
            email=email,
            phone=phone,
            code=code,
            invite_code=invite_code,
            invite_id=invite_id,
            birthday=birthday,
            accepted_terms=accepted_terms,
        )

        return register_request
