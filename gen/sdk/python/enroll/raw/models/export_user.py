from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.user_extra_type_0 import UserExtraType0


T = TypeVar("T", bound="ExportUser")


@_attrs_define
class ExportUser:
    """The account and what the user has told.

    Attributes:
        id (int): The user.
        site_id (int): The site of the account.
        parent_id (int): The user who invited this one, 0 for none.
        user_name (str): The user name as it was chosen, empty if none was.
        user_name_canonical (str): The form of the user name that is unique.
        user_name_changed_time (int): When the user name was last changed in Unix seconds, 0 for never.
        password_set (bool): Whether there is a password. Only a hash of it is kept, which is a secret and is not
            exported.
        accepted_terms (str): The version of the terms that was accepted last, empty if none.
        accepted_terms_time (int): When that version was accepted in Unix seconds, 0 if none.
        accepted_terms_language (str): The language of the request that accepted it, such as `zh-CN`, empty if none.
        email (str): The email as it was given, empty if none was.
        email_canonical (str): The form of the email that is unique.
        email_verified_time (int): When the email was verified in Unix seconds, 0 if it is not.
        email_changed_time (int): When the email took the place of another or of none in Unix seconds, 0 if it is that
            of the registration.
        phone (str): The phone, empty if none was given, in the form of `User.phone`.
        phone_changed_time (int): As `email_changed_time`, for the phone.
        real_name (str): The display name.
        first_name (str): The given name.
        last_name (str): The family name.
        introduce (str): A text of the user about themselves.
        birthday (int): The birthday in Unix seconds, 0 if none was given.
        extra (None | UserExtraType0): The user's data besides the fields of the contract, as the deployment describes
            it; null if there is none.
        avatar_url (str): The avatar as it was given.
        group_id (int): The user group.
        status (int): 1 active, 0 disabled.
        is_retailer (int): 1 for a retailer, 0 otherwise.
        balance (int): The balance in minor currency units.
        total_reward (int): All rewards so far in minor currency units.
        invite_code (str): The code with which this user invites others.
        invite_limit (int): How many may register by that code, 0 for any number.
        invites_used (int): How many have registered by it.
        last_login (int): The last login in Unix seconds.
        expire_time (int): When the membership of the group ends in Unix seconds, 0 for never.
        created_time (int): The registration in Unix seconds.
        updated_time (int): The last change in Unix seconds.
        sessions_ended_time (int): When all sessions were last ended at once in Unix seconds, 0 for never.
        delete_time (int): When the account will be deleted in Unix seconds, 0 if that was not requested.
    """

    id: int
    site_id: int
    parent_id: int
    user_name: str
    user_name_canonical: str
    user_name_changed_time: int
    password_set: bool
    accepted_terms: str
    accepted_terms_time: int
    accepted_terms_language: str
    email: str
    email_canonical: str
    email_verified_time: int
    email_changed_time: int
    phone: str
    phone_changed_time: int
    real_name: str
    first_name: str
    last_name: str
    introduce: str
    birthday: int
    extra: None | UserExtraType0
    avatar_url: str
    group_id: int
    status: int
    is_retailer: int
    balance: int
    total_reward: int
    invite_code: str
    invite_limit: int
    invites_used: int
    last_login: int
    expire_time: int
    created_time: int
    updated_time: int
    sessions_ended_time: int
    delete_time: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.user_extra_type_0 import UserExtraType0

        id = self.id

        site_id = self.site_id

        parent_id = self.parent_id

        user_name = self.user_name

        user_name_canonical = self.user_name_canonical

        user_name_changed_time = self.user_name_changed_time

        password_set = self.password_set

        accepted_terms = self.accepted_terms

        accepted_terms_time = self.accepted_terms_time

        accepted_terms_language = self.accepted_terms_language

        email = self.email

        email_canonical = self.email_canonical

        email_verified_time = self.email_verified_time

        email_changed_time = self.email_changed_time

        phone = self.phone

        phone_changed_time = self.phone_changed_time

        real_name = self.real_name

        first_name = self.first_name

        last_name = self.last_name

        introduce = self.introduce

        birthday = self.birthday

        extra: dict[str, Any] | None
        if isinstance(self.extra, UserExtraType0):
            extra = self.extra.to_dict()
        else:
            extra = self.extra

        avatar_url = self.avatar_url

        group_id = self.group_id

        status = self.status

        is_retailer = self.is_retailer

        balance = self.balance

        total_reward = self.total_reward

        invite_code = self.invite_code

        invite_limit = self.invite_limit

        invites_used = self.invites_used

        last_login = self.last_login

        expire_time = self.expire_time

        created_time = self.created_time

        updated_time = self.updated_time

        sessions_ended_time = self.sessions_ended_time

        delete_time = self.delete_time

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "site_id": site_id,
                "parent_id": parent_id,
                "user_name": user_name,
                "user_name_canonical": user_name_canonical,
                "user_name_changed_time": user_name_changed_time,
                "password_set": password_set,
                "accepted_terms": accepted_terms,
                "accepted_terms_time": accepted_terms_time,
                "accepted_terms_language": accepted_terms_language,
                "email": email,
                "email_canonical": email_canonical,
                "email_verified_time": email_verified_time,
                "email_changed_time": email_changed_time,
                "phone": phone,
                "phone_changed_time": phone_changed_time,
                "real_name": real_name,
                "first_name": first_name,
                "last_name": last_name,
                "introduce": introduce,
                "birthday": birthday,
                "extra": extra,
                "avatar_url": avatar_url,
                "group_id": group_id,
                "status": status,
                "is_retailer": is_retailer,
                "balance": balance,
                "total_reward": total_reward,
                "invite_code": invite_code,
                "invite_limit": invite_limit,
                "invites_used": invites_used,
                "last_login": last_login,
                "expire_time": expire_time,
                "created_time": created_time,
                "updated_time": updated_time,
                "sessions_ended_time": sessions_ended_time,
                "delete_time": delete_time,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.user_extra_type_0 import UserExtraType0

        d = dict(src_dict)
        id = d.pop("id")

        site_id = d.pop("site_id")

        parent_id = d.pop("parent_id")

        user_name = d.pop("user_name")

        user_name_canonical = d.pop("user_name_canonical")

        user_name_changed_time = d.pop("user_name_changed_time")

        password_set = d.pop("password_set")

        accepted_terms = d.pop("accepted_terms")

        accepted_terms_time = d.pop("accepted_terms_time")

        accepted_terms_language = d.pop("accepted_terms_language")

        email = d.pop("email")

        email_canonical = d.pop("email_canonical")

        email_verified_time = d.pop("email_verified_time")

        email_changed_time = d.pop("email_changed_time")

        phone = d.pop("phone")

        phone_changed_time = d.pop("phone_changed_time")

        real_name = d.pop("real_name")

        first_name = d.pop("first_name")

        last_name = d.pop("last_name")

        introduce = d.pop("introduce")

        birthday = d.pop("birthday")

        def _parse_extra(data: object) -> None | UserExtraType0:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_user_extra_type_0 = UserExtraType0.from_dict(data)

                return componentsschemas_user_extra_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UserExtraType0, data)

        extra = _parse_extra(d.pop("extra"))

        avatar_url = d.pop("avatar_url")

        group_id = d.pop("group_id")

        status = d.pop("status")

        is_retailer = d.pop("is_retailer")

        balance = d.pop("balance")

        total_reward = d.pop("total_reward")

        invite_code = d.pop("invite_code")

        invite_limit = d.pop("invite_limit")

        invites_used = d.pop("invites_used")

        last_login = d.pop("last_login")

        expire_time = d.pop("expire_time")

        created_time = d.pop("created_time")

        updated_time = d.pop("updated_time")

        sessions_ended_time = d.pop("sessions_ended_time")

        delete_time = d.pop("delete_time")

        export_user = cls(
            id=id,
            site_id=site_id,
            parent_id=parent_id,
            user_name=user_name,
            user_name_canonical=user_name_canonical,
            user_name_changed_time=user_name_changed_time,
            password_set=password_set,
            accepted_terms=accepted_terms,
            accepted_terms_time=accepted_terms_time,
            accepted_terms_language=accepted_terms_language,
            email=email,
            email_canonical=email_canonical,
            email_verified_time=email_verified_time,
            email_changed_time=email_changed_time,
            phone=phone,
            phone_changed_time=phone_changed_time,
            real_name=real_name,
            first_name=first_name,
            last_name=last_name,
            introduce=introduce,
            birthday=birthday,
            extra=extra,
            avatar_url=avatar_url,
            group_id=group_id,
            status=status,
            is_retailer=is_retailer,
            balance=balance,
            total_reward=total_reward,
            invite_code=invite_code,
            invite_limit=invite_limit,
            invites_used=invites_used,
            last_login=last_login,
            expire_time=expire_time,
            created_time=created_time,
            updated_time=updated_time,
            sessions_ended_time=sessions_ended_time,
            delete_time=delete_time,
        )

        export_user.additional_properties = d
        return export_user

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
