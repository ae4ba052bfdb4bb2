"""Idempotency keys."""

from __future__ import annotations

import secrets


def new_idempotency_key() -> str:
    """Makes a random key of 128 bits for one registration.

    Send the key with each repetition of the same registration, after an
    ``UnexpectedAnswer`` or ``outcome_unknown`` for example: the registration is
    done once, and answered each time. A changed registration needs a new key.
    """
    return secrets.token_urlsafe(16)
