from typing import Any

from ...models.email_state import EmailState
from ...types import UNSET, Unset


def request(
    *,
    code: str,
    email: str | Unset = UNSET,
    state: EmailState | Unset = UNSET,
    site_id: int | Unset = UNSET,
    accept_language: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(site_id, Unset):
        headers["Site-Id"] = str(site_id)

    if not isinstance(accept_language, Unset):
        headers["Accept-Language"] = accept_language

    params: dict[str, Any] = {}

    params["code"] = code

    params["email"] = email

    json_state: str | Unset = UNSET
    if not isinstance(state, Unset):
        json_state = state.value

    params["state"] = json_state

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/verify/email",
        "params": params,
    }
    _kwargs["headers"] = headers
    return _kwargs
