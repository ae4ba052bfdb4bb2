from typing import Any

from ...models.terms_request import TermsRequest
from ...types import UNSET, Unset


def request(
    *,
    body: TermsRequest,
    site_id: int | Unset = UNSET,
    accept_language: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(site_id, Unset):
        headers["Site-Id"] = str(site_id)

    if not isinstance(accept_language, Unset):
        headers["Accept-Language"] = accept_language

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/user/terms",
    }
    _kwargs["json"] = body.to_dict()

    _kwargs["headers"] = headers
    return _kwargs
