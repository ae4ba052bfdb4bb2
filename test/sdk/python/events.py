"""Plays the requests of test/webhooks.json through the verifier of events.

    python test/sdk/python/events.py test/webhooks.json
"""

from __future__ import annotations

import base64
import copy
import json
import pickle
import sys
from pathlib import Path
from typing import Any

import enroll


def got(event: enroll.Event) -> dict[str, Any]:
    members = {name: getattr(event, name) for name in ("webhook_id", "type", "id", "site_id", "user_id", "seq")}
    return {**members, "time": int(event.time.timestamp() * 1000), "fields": list(event.fields)}


def check(case: dict[str, Any]) -> None:
    verifier = enroll.EventVerifier(*case["secrets"], tolerance=case["tolerance"], now=lambda: float(case["now"]))
    body = base64.b64decode(case["body"]) + b" " * case.get("blanks", 0)
    try:
        event = verifier.verify({name.title(): value for name, value in case["headers"].items()}, body)
    except enroll.EventError as error:
        assert error.problem == case.get("problem"), f"{case['name']}: {error}"
        for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
            assert again.problem == error.problem and str(again) == str(error), f"{error!r} comes back as {again!r}"
        return
    assert got(event) == case.get("event"), f"{case['name']}: {event}, want {case.get('problem', case.get('event'))}"
    assert event.body == json.loads(body), f"{case['name']}: {event.body}"


def refused(*secrets: str) -> None:
    try:
        enroll.EventVerifier(*secrets)
    except ValueError as error:
        assert not any(len(secret) > 8 and secret[8:] in str(error) for secret in secrets), f"{error} quotes a secret"
        return
    raise AssertionError(f"{secrets} are taken")


def intolerant(secret: str) -> None:
    for tolerance in (float("nan"), -1):
        try:
            enroll.EventVerifier(secret, tolerance=tolerance)
        except ValueError:
            continue
        raise AssertionError(f"a tolerance of {tolerance} is taken")


def main(name: str) -> None:
    book = json.loads(Path(name).read_text(encoding="utf-8"))
    for case in book["vectors"]:
        check(case)
    # A server of WSGI or ASGI may give a header with a lone surrogate.
    odd = {**book["vectors"][0], "problem": "signature_invalid"}
    check({**odd, "headers": {**odd["headers"], "webhook-signature": "v1,\udcff\ud800"}})
    assert [str(kind) for kind in enroll.EventType] == book["types"]
    # A clock that is none refuses everything.
    check({**book["vectors"][0], "now": "nan", "event": None, "problem": "timestamp_too_old"})
    intolerant(book["vectors"][0]["secrets"][0])
    refused()
    for secret in [*book["bad_secrets"], book["vectors"][0]["secrets"][0] + "\n"]:
        refused(secret)
    print(f"Python SDK: {len(book['vectors'])} requests of {name}")


if __name__ == "__main__":
    main(sys.argv[1])
