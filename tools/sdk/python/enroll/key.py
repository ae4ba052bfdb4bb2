"""Names of registrations."""

from __future__ import annotations

import secrets


def new_idempotency_key() -> str:
    """Makes a random name of 128 bits for one registration.

    Send it with each repetition of the same registration, after an
    ``UnexpectedAnswer`` or ``outcome_unknown`` for example: then it is done
    once, and answered each time. A changed registration needs a new name.
    """
    return secrets.token_urlsafe(16)
