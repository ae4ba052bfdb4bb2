from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.user_change_request_extra import UserChangeRequestExtra


T = TypeVar("T", bound="UserChangeRequest")


@_attrs_define
class UserChangeRequest:
    """The fields to change of one's own user. One that is absent or null stays as it is.

    Attributes:
        real_name (str | Unset): A display name, as in a registration; empty for none. Refused with `real_name_invalid`.
            Example: 新用户.
        first_name (str | Unset): The given name; empty for none. By the rules of `real_name`. Refused with
            `real_name_invalid`.
        last_name (str | Unset): The family name; empty for none. By the rules of `real_name`. Refused with
            `real_name_invalid`.
        avatar_url (str | Unset): As in a registration; empty for none. Refused with `avatar_url_invalid`.
        introduce (str | Unset): A text about oneself of 500 characters at most, which may have line breaks; empty for
            none. Refused with `introduce_invalid`. Example: 你好.
        birthday (int | Unset): The birthday in Unix seconds, from 1900 on and not in the future; 0 for none. Refused
            with `birthday_invalid`. Example: 631152000.
        extra (UserChangeRequestExtra | Unset): The user's data besides these fields, as the deployment describes it;
            `{}` for none. Refused with `extra_invalid`, `extra_not_offered`. Example: {'city': '杭州'}.
        user_name (str | Unset): Another user name, by the rules of a registration; empty for none. Refused with
            `user_name_too_short`, `user_name_too_long`, `user_name_character`, `user_name_mixed_scripts`,
            `user_name_digits`, `user_name_reserved`, `user_name_taken`, `user_name_too_soon`, `identifier_needed`. Example:
            newuser.
        phone (str | Unset): Another phone, with its `code`; empty for none. Refused with `phone_invalid`,
            `phone_not_mobile`, `phone_country`, `phone_not_offered`, `phone_taken`, `identifier_needed`. Example:
            13800138000.
        email (str | Unset): Another email; empty for none. Refused with `email_invalid`, `email_too_long`,
            `email_domain`, `email_taken`, `email_not_offered`, `identifier_needed`. Example: newuser@example.com.
        code (str | Unset): The 6 digits that were sent for `change` to the new `phone`, or to the new `email` if the
            request has no phone. Refused with `code_wrong`, `code_expired`, `code_exhausted`. Example: 123456.
        old_password (str | Unset): The password, which shows that the holder is here. Refused with `credentials_wrong`.
            Example: MyPassword123.
        proof_code (str | Unset): The 6 digits that were sent for `change` to the phone or the verified email that the
            account has, instead of the password. Refused with `code_wrong`, `code_expired`, `code_exhausted`. Example:
            123456.
    """

    real_name: str | Unset = UNSET
    first_name: str | Unset = UNSET
    last_name: str | Unset = UNSET
    avatar_url: str | Unset = UNSET
    introduce: str | Unset = UNSET
    birthday: int | Unset = UNSET
    extra: UserChangeRequestExtra | Unset = UNSET
    user_name: str | Unset = UNSET
    phone: str | Unset = UNSET
    email: str | Unset = UNSET
    code: str | Unset = UNSET
    old_password: str | Unset = UNSET
    proof_code: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        real_name = self.real_name

        first_name = self.first_name

        last_name = self.last_name

        avatar_url = self.avatar_url

        introduce = self.introduce

        birthday = self.birthday

        extra: dict[str, Any] | Unset = UNSET
        if not isinstance(self.extra, Unset):
            extra = self.extra.to_dict()

        user_name = self.user_name

        phone = self.phone

        email = self.email

        code = self.code

        old_password = self.old_password

        proof_code = self.proof_code

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if real_name is not UNSET:
            field_dict["real_name"] = real_name
        if first_name is not UNSET:
            field_dict["first_name"] = first_name
        if last_name is not UNSET:
            field_dict["last_name"] = last_name
        if avatar_url is not UNSET:
            field_dict["avatar_url"] = avatar_url
        if introduce is not UNSET:
            field_dict["introduce"] = introduce
        if birthday is not UNSET:
            field_dict["birthday"] = birthday
        if extra is not UNSET:
            field_dict["extra"] = extra
        if user_name is not UNSET:
            field_dict["user_name"] = user_name
        if phone is not UNSET:
            field_dict["phone"] = phone
        if email is not UNSET:
            field_dict["email"] = email
        if code is not UNSET:
            field_dict["code"] = code
        if old_password is not UNSET:
            field_dict["old_password"] = old_password
        if proof_code is not UNSET:
            field_dict["proof_code"] = proof_code

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.user_change_request_extra import UserChangeRequestExtra

        d = dict(src_dict)
        real_name = d.pop("real_name", UNSET)

        first_name = d.pop("first_name", UNSET)

        last_name = d.pop("last_name", UNSET)

        avatar_url = d.pop("avatar_url", UNSET)

        introduce = d.pop("introduce", UNSET)

        birthday = d.pop("birthday", UNSET)

        _extra = d.pop("extra", UNSET)
        extra: UserChangeRequestExtra | Unset
        if isinstance(_extra, Unset):
            extra = UNSET
        else:
            extra = UserChangeRequestExtra.from_dict(_extra)

        user_name = d.pop("user_name", UNSET)

        phone = d.pop("phone", UNSET)

        email = d.pop("email", UNSET)

        code = d.pop("code", UNSET)

        old_password = d.pop("old_password", UNSET)

        proof_code = d.pop("proof_code", UNSET)

        user_change_request = cls(
            real_name=real_name,
            first_name=first_name,
            last_name=last_name,
            avatar_url=avatar_url,
            introduce=introduce,
            birthday=birthday,
            extra=extra,
            user_name=user_name,
            phone=phone,
            email=email,
            code=code,
            old_password=old_password,
            proof_code=proof_code,
        )

        return user_change_request
