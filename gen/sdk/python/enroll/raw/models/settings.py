from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.captcha_operation import CaptchaOperation
from ..models.captcha_type import CaptchaType
from ..models.language import Language
from ..models.login_method import LoginMethod
from ..models.phone_channel import PhoneChannel
from ..models.register_method import RegisterMethod
from ..models.reset_method import ResetMethod
from ..models.signup import Signup
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.terms import Terms


T = TypeVar("T", bound="Settings")


@_attrs_define
class Settings:
    """What forms depend on. Every field except `captcha_type` is always present.

    Attributes:
        signup (Signup): Whether people can register, `open`, or `invite` where each registration needs the code of an
            operator's invitation, or `approval` where an account waits after the registration until an operator approves
            it, or `closed` where every registration is refused. A later version may have more.
        register_methods (list[RegisterMethod]): The ways to register, in the order in which a form should offer them;
            none where `signup` is `closed`.
        login_methods (list[LoginMethod]): The ways to log in. They do not depend on `register_methods`.
        reset_methods (list[ResetMethod]): Where the code can be sent that sets a forgotten password; empty if a
            forgotten password cannot be replaced here.
        channels (list[PhoneChannel]): How a code can come to a phone, by the values of `channel` of `POST
            /api/verify/phone`; empty where codes are not sent to phones. Calls may be limited to some countries.
        captcha_on (list[CaptchaOperation]): The operations that ask for a captcha, of the kind `captcha_type`; `GET
            /api/captcha` issues it. Empty, and without a `captcha_type`, where captchas are off.
        password_min_length (int): The fewest characters of a new password. Lengths are counted as typed and in NFC.
        password_max_length (int): The most characters of a password.
        code_length (int): How many digits a code has.
        code_expires_in (int): Seconds a code is good for.
        code_retry_after (int): The fewest seconds between two codes for one address.
        phone_region (str): The country of phones that are typed without a country code (ISO 3166-1).
        phone_countries (list[str]): The countries whose phones can register (ISO 3166-1); empty for all.
        email_domains (list[str]): The domains whose emails can be used, in ASCII; empty for all. `*.example.com` means
            all domains below `example.com`, but not `example.com` itself. A deployment may refuse other domains besides,
            with `email_domain`.
        min_age (int): How many years old a person must be to register. If it is not 0, each registration needs a
            `birthday`.
        terms (Terms): The terms that a person must have accepted to register and to log in. Both fields are empty where
            there are none.
        extra (bool): Whether users may keep data of the deployment's own in `extra`.
        languages (list[Language]): The languages that `msg` can be in, the deployment's own first.
        captcha_type (CaptchaType | Unset): The kind of challenge. A later version may have more.
    """

    signup: Signup
    register_methods: list[RegisterMethod]
    login_methods: list[LoginMethod]
    reset_methods: list[ResetMethod]
    channels: list[PhoneChannel]
    captcha_on: list[CaptchaOperation]
    password_min_length: int
    password_max_length: int
    code_length: int
    code_expires_in: int
    code_retry_after: int
    phone_region: str
    phone_countries: list[str]
    email_domains: list[str]
    min_age: int
    terms: Terms
    extra: bool
    languages: list[Language]
    captcha_type: CaptchaType | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        signup = self.signup.value

        register_methods = []
        for register_methods_item_data in self.register_methods:
            register_methods_item = register_methods_item_data.value
            register_methods.append(register_methods_item)

        login_methods = []
        for login_methods_item_data in self.login_methods:
            login_methods_item = login_methods_item_data.value
            login_methods.append(login_methods_item)

        reset_methods = []
        for reset_methods_item_data in self.reset_methods:
            reset_methods_item = reset_methods_item_data.value
            reset_methods.append(reset_methods_item)

        channels = []
        for channels_item_data in self.channels:
            channels_item = channels_item_data.value
            channels.append(channels_item)

        captcha_on = []
        for captcha_on_item_data in self.captcha_on:
            captcha_on_item = captcha_on_item_data.value
            captcha_on.append(captcha_on_item)

        password_min_length = self.password_min_length

        password_max_length = self.password_max_length

        code_length = self.code_length

        code_expires_in = self.code_expires_in

        code_retry_after = self.code_retry_after

        phone_region = self.phone_region

        phone_countries = self.phone_countries

        email_domains = self.email_domains

        min_age = self.min_age

        terms = self.terms.to_dict()

        extra = self.extra

        languages = []
        for languages_item_data in self.languages:
            languages_item = languages_item_data.value
            languages.append(languages_item)

        captcha_type: str | Unset = UNSET
        if not isinstance(self.captcha_type, Unset):
            captcha_type = self.captcha_type.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "signup": signup,
                "register_methods": register_methods,
                "login_methods": login_methods,
                "reset_methods": reset_methods,
                "channels": channels,
                "captcha_on": captcha_on,
                "password_min_length": password_min_length,
                "password_max_length": password_max_length,
                "code_length": code_length,
                "code_expires_in": code_expires_in,
                "code_retry_after": code_retry_after,
                "phone_region": phone_region,
                "phone_countries": phone_countries,
                "email_domains": email_domains,
                "min_age": min_age,
                "terms": terms,
                "extra": extra,
                "languages": languages,
            }
        )
        if captcha_type is not UNSET:
            field_dict["captcha_type"] = captcha_type

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.terms import Terms

        d = dict(src_dict)
        signup = Signup(d.pop("signup"))

        register_methods = []
        _register_methods = d.pop("register_methods")
        for register_methods_item_data in _register_methods:
            register_methods_item = RegisterMethod(register_methods_item_data)

            register_methods.append(register_methods_item)

        login_methods = []
        _login_methods = d.pop("login_methods")
        for login_methods_item_data in _login_methods:
            login_methods_item = LoginMethod(login_methods_item_data)

            login_methods.append(login_methods_item)

        reset_methods = []
        _reset_methods = d.pop("reset_methods")
        for reset_methods_item_data in _reset_methods:
            reset_methods_item = ResetMethod(reset_methods_item_data)

            reset_methods.append(reset_methods_item)

        channels = []
        _channels = d.pop("channels")
        for channels_item_data in _channels:
            channels_item = PhoneChannel(channels_item_data)

            channels.append(channels_item)

        captcha_on = []
        _captcha_on = d.pop("captcha_on")
        for captcha_on_item_data in _captcha_on:
            captcha_on_item = CaptchaOperation(captcha_on_item_data)

            captcha_on.append(captcha_on_item)

        password_min_length = d.pop("password_min_length")

        password_max_length = d.pop("password_max_length")

        code_length = d.pop("code_length")

        code_expires_in = d.pop("code_expires_in")

        code_retry_after = d.pop("code_retry_after")

        phone_region = d.pop("phone_region")

        phone_countries = cast(list[str], d.pop("phone_countries"))

        email_domains = cast(list[str], d.pop("email_domains"))

        min_age = d.pop("min_age")

        terms = Terms.from_dict(d.pop("terms"))

        extra = d.pop("extra")

        languages = []
        _languages = d.pop("languages")
        for languages_item_data in _languages:
            languages_item = Language(languages_item_data)

            languages.append(languages_item)

        _captcha_type = d.pop("captcha_type", UNSET)
        captcha_type: CaptchaType | Unset
        if isinstance(_captcha_type, Unset):
            captcha_type = UNSET
        else:
            captcha_type = CaptchaType(_captcha_type)

        settings = cls(
            signup=signup,
            register_methods=register_methods,
            login_methods=login_methods,
            reset_methods=reset_methods,
            channels=channels,
            captcha_on=captcha_on,
            password_min_length=password_min_length,
            password_max_length=password_max_length,
            code_length=code_length,
            code_expires_in=code_expires_in,
            code_retry_after=code_retry_after,
            phone_region=phone_region,
            phone_countries=phone_countries,
            email_domains=email_domains,
            min_age=min_age,
            terms=terms,
            extra=extra,
            languages=languages,
            captcha_type=captcha_type,
        )

        settings.additional_properties = d
        return settings

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
