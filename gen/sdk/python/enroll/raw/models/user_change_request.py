from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

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
    """

    real_name: str | Unset = UNSET
    first_name: str | Unset = UNSET
    last_name: str | Unset = UNSET
    avatar_url: str | Unset = UNSET
    introduce: str | Unset = UNSET
    birthday: int | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        real_name = self.real_name

        first_name = self.first_name

        last_name = self.last_name

        avatar_url = self.avatar_url

        introduce = self.introduce

        birthday = self.birthday

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

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        real_name = d.pop("real_name", UNSET)

        first_name = d.pop("first_name", UNSET)

        last_name = d.pop("last_name", UNSET)

        avatar_url = d.pop("avatar_url", UNSET)

        introduce = d.pop("introduce", UNSET)

        birthday = d.pop("birthday", UNSET)

        user_change_request = cls(
            real_name=real_name,
            first_name=first_name,
            last_name=last_name,
            avatar_url=avatar_url,
            introduce=introduce,
            birthday=birthday,
        )

        return user_change_request
