"""Proofs of work of captchas."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import CancelledError

_CHUNK = 1 << 12


def solve_work(salt: str, bits: int, puzzles: int, *, stop: threading.Event | None = None) -> str:
    """Solves a proof of work.

    Its arguments are the ``salt``, ``bits`` and ``puzzles`` of a captcha of the
    kinds ``pow`` and ``image+pow``, or the ``audio_salt``, ``audio_bits`` and
    ``audio_puzzles`` of one that is to be heard. For a captcha of ``image+pow``
    the answer is the digits, a colon and this text.

    It takes half a second to half a minute. In a program with an event loop
    call it in a thread: ``await asyncio.to_thread(solve_work, ...)``. Once
    ``stop`` is set it raises ``concurrent.futures.CancelledError``.
    """
    answer = []
    for i in range(puzzles):
        start = hashlib.sha256(bytes.fromhex(salt) + i.to_bytes(4, "big"))
        limit = 1 << (256 - bits)
        for n in range(1 << 32):
            if n % _CHUNK == 0 and stop is not None and stop.is_set():
                raise CancelledError
            digest = start.copy()
            digest.update(n.to_bytes(4, "big"))
            if int.from_bytes(digest.digest(), "big") < limit:
                answer.append(f"{n:08x}")
                break
        else:
            raise ValueError(f"{bits} bits have no solution")
    return "".join(answer)
