from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="PasswordChangeRequest")


@_attrs_define
class PasswordChangeRequest:
    """A change of the password. It also needs `old_password` or `code`; without them the reason is `proof_required`.

    Attributes:
        password (str): The new password, taken literally. Refused with `password_too_short`, `password_too_long`,
            `password_common`, `password_context`. Example: another good one 1.
        old_password (str | Unset): The password so far. Refused with `credentials_wrong`. Example: MyPassword123.
        code (str | Unset): The 6 digits that were sent for `change` to the phone or the verified email of the account,
            instead of the old password. Refused with `code_wrong`, `code_expired`, `code_exhausted`.
    """

    password: str
    old_password: str | Unset = UNSET
    code: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        password = self.password

        old_password = self.old_password

        code = self.code

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "password": password,
            }
        )
        if old_password is not UNSET:
            field_dict["old_password"] = old_password
        if code is not UNSET:
            field_dict["code"] = code

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        password = d.pop("password")

        old_password = d.pop("old_password", UNSET)

        code = d.pop("code", UNSET)

        password_change_request = cls(
            password=password,
            old_password=old_password,
            code=code,
        )

        return password_change_request
