from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.captcha_operation import CaptchaOperation
from ..models.captcha_type import CaptchaType
from ..types import UNSET, Unset

T = TypeVar("T", bound="Captcha")


@_attrs_define
class Captcha:
    """A challenge. Besides `captcha_off`, which fields are present follows from `captcha_type`; none where `captcha_off`
    is true.

        Attributes:
            captcha_off (bool): true: no captcha is asked for.
            captcha_type (CaptchaType | Unset): The kind of challenge. A later version may have more.
            captcha_on (list[CaptchaOperation] | Unset): The operations that ask for a captcha.
            captcha_id (str | Unset): Send it back with the answer. Of image, pow and image+pow.
            captcha (str | Unset): The picture as a `data:image/png;base64,` URI. Of image and image+pow.
            salt (str | Unset): What the work begins with, in hexadecimal. Of pow and image+pow.
            bits (int | Unset): How many leading zero bits each digest must have. Of pow and image+pow.
            puzzles (int | Unset): How many counters to find: for each i from 0, one such that SHA-256(salt, i, counter),
                both as 4 bytes with the most significant first, begins with `bits` zero bits. The answer is the counters in
                order, 8 hexadecimal digits each. Of pow and image+pow.
            audio_salt (str | Unset): What the work for the sound begins with, in hexadecimal. Of image and image+pow.
            audio_bits (int | Unset): As `bits`, for the sound. Of image and image+pow.
            audio_puzzles (int | Unset): As `puzzles`, for the sound. Its answer is the `proof` of `GET /api/captcha/audio`.
                Of image and image+pow.
            site_key (str | Unset): The public key of the widget. Of siteverify.
    """

    captcha_off: bool
    captcha_type: CaptchaType | Unset = UNSET
    captcha_on: list[CaptchaOperation] | Unset = UNSET
    captcha_id: str | Unset = UNSET
    captcha: str | Unset = UNSET
    salt: str | Unset = UNSET
    bits: int | Unset = UNSET
    puzzles: int | Unset = UNSET
    audio_salt: str | Unset = UNSET
    audio_bits: int | Unset = UNSET
    audio_puzzles: int | Unset = UNSET
    site_key: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        captcha_off = self.captcha_off

        captcha_type: str | Unset = UNSET
        if not isinstance(self.captcha_type, Unset):
            captcha_type = self.captcha_type.value

        captcha_on: list[str] | Unset = UNSET
        if not isinstance(self.captcha_on, Unset):
            captcha_on = []
            for captcha_on_item_data in self.captcha_on:
                captcha_on_item = captcha_on_item_data.value
                captcha_on.append(captcha_on_item)

        captcha_id = self.captcha_id

        captcha = self.captcha

        salt = self.salt

        bits = self.bits

        puzzles = self.puzzles

        audio_salt = self.audio_salt

        audio_bits = self.audio_bits

        audio_puzzles = self.audio_puzzles

        site_key = self.site_key

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "captcha_off": captcha_off,
            }
        )
        if captcha_type is not UNSET:
            field_dict["captcha_type"] = captcha_type
        if captcha_on is not UNSET:
            field_dict["captcha_on"] = captcha_on
        if captcha_id is not UNSET:
            field_dict["captcha_id"] = captcha_id
        if captcha is not UNSET:
            field_dict["captcha"] = captcha
        if salt is not UNSET:
            field_dict["salt"] = salt
        if bits is not UNSET:
            field_dict["bits"] = bits
        if puzzles is not UNSET:
            field_dict["puzzles"] = puzzles
        if audio_salt is not UNSET:
            field_dict["audio_salt"] = audio_salt
        if audio_bits is not UNSET:
            field_dict["audio_bits"] = audio_bits
        if audio_puzzles is not UNSET:
            field_dict["audio_puzzles"] = audio_puzzles
        if site_key is not UNSET:
            field_dict["site_key"] = site_key

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        captcha_off = d.pop("captcha_off")

        _captcha_type = d.pop("captcha_type", UNSET)
        captcha_type: CaptchaType | Unset
        if isinstance(_captcha_type, Unset):
            captcha_type = UNSET
        else:
            captcha_type = CaptchaType(_captcha_type)

        _captcha_on = d.pop("captcha_on", UNSET)
        captcha_on: list[CaptchaOperation] | Unset = UNSET
        if _captcha_on is not UNSET:
            captcha_on = []
            for captcha_on_item_data in _captcha_on:
                captcha_on_item = CaptchaOperation(captcha_on_item_data)

                captcha_on.append(captcha_on_item)

        captcha_id = d.pop("captcha_id", UNSET)

        captcha = d.pop("captcha", UNSET)

        salt = d.pop("salt", UNSET)

        bits = d.pop("bits", UNSET)

        puzzles = d.pop("puzzles", UNSET)

        audio_salt = d.pop("audio_salt", UNSET)

        audio_bits = d.pop("audio_bits", UNSET)

        audio_puzzles = d.pop("audio_puzzles", UNSET)

        site_key = d.pop("site_key", UNSET)

        captcha = cls(
            captcha_off=captcha_off,
            captcha_type=captcha_type,
            captcha_on=captcha_on,
            captcha_id=captcha_id,
            captcha=captcha,
            salt=salt,
            bits=bits,
            puzzles=puzzles,
            audio_salt=audio_salt,
            audio_bits=audio_bits,
            audio_puzzles=audio_puzzles,
            site_key=site_key,
        )

        captcha.additional_properties = d
        return captcha

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
