from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="PasswordChangeRequest")


@_attrs_define
class PasswordChangeRequest:
    """A change of the password.

    Attributes:
        old_password (str): The password so far. Refused with `credentials_wrong`. Example: MyPassword123.
        password (str): The new password, taken literally. Refused with `password_too_short`, `password_too_long`,
            `password_common`, `password_context`. Example: another good one 1.
    """

    old_password: str
    password: str

    def to_dict(self) -> dict[str, Any]:
        old_password = self.old_password

        password = self.password

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "old_password": old_password,
                "password": password,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        old_password = d.pop("old_password")

        password = d.pop("password")

        password_change_request = cls(
            old_password=old_password,
            password=password,
        )

        return password_change_request
