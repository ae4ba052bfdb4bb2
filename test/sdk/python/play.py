"""Plays files of scenarios through the Python SDK, with both of its clients, then the README.

    go run ./test/stage -scenarios test/scenarios.json -scenarios test/hostile.json \\
        python test/sdk/python/play.py test/scenarios.json test/hostile.json README

It ends at the first answer that is not as test/scenarios.md says, and at the first step that it does
not know.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import copy
import io
import json
import os
import pickle
import random
import re
import string
import sys
import threading
import urllib.request
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import enroll
import httpx

Tree = dict[str, Any]
VARIABLE = re.compile(r"\{\{(\w+)\}\}")


class Offence(Exception):
    """Something is not as the scenarios say."""


def insist(holds: bool, what: str) -> None:
    if not holds:
        raise Offence(what)


def only(tree: Tree, *names: str) -> None:
    """Refuses members that this runner does not understand."""
    insist(not tree.keys() - set(names), f"unknown: {tree.keys() - set(names)}")


def some(of: str, n: int) -> str:
    return "".join(random.SystemRandom().choices(of, k=n))


def fresh(kind: Any) -> str:
    small = string.ascii_lowercase
    if isinstance(kind, int):
        return "x" * kind
    kinds: dict[str, Callable[[], str]] = {
        "name": lambda: some(small, 1) + some(small + "123456789", 11),
        "phone": lambda: "138" + some("123456789", 8),
        "email": lambda: some(small, 12) + "@example.com",
        "digits": lambda: some("123456789", 8),
        "key": enroll.new_idempotency_key,
    }
    return kinds[kind]()


def fill(value: Any, variables: Tree) -> Any:
    if isinstance(value, dict):
        return {key: fill(inner, variables) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, variables) for inner in value]
    if not isinstance(value, str):
        return value
    if whole := VARIABLE.fullmatch(value):
        return variables[whole[1]]
    return VARIABLE.sub(lambda found: str(variables[found[1]]), value)


def integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def equal(a: Any, b: Any) -> bool:
    return type(a) is type(b) and bool(a == b)


def match(name: str, want: Any, got: Any) -> None:
    if not isinstance(want, dict):
        insist(equal(want, got), f"{name} is {got!r}, want {want!r}")
        return
    rules: dict[str, Callable[[Any], bool]] = {
        "$not": lambda other: got is not None and not equal(other, got),
        "$type": lambda kind: integer(got) if kind == "integer" else isinstance(got, {"string": str}[kind]),
        "$min": lambda bound: integer(got) and got >= bound,
        "$max": lambda bound: integer(got) and got <= bound,
        "$min_items": lambda least: isinstance(got, list) and len(got) >= least,
    }
    for rule, operand in want.items():
        insist(rules[rule](operand), f"{name} is {got!r}, want {rule} {operand!r}")


def match_all(want: Tree, got: Tree) -> None:
    for name, matcher in want.items():
        match(name, matcher, got.get(name))


def survives(error: enroll.EnrollError) -> None:
    """Errors travel between processes and are copied by frameworks."""
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        same = type(again) is type(error) and again.args == error.args and again.__dict__ == error.__dict__
        insist(same, f"{error!r} with {error.__dict__} comes back as {again!r} with {again.__dict__}")


def match_refusal(want: Tree, no: enroll.Refusal) -> None:
    only(want, "status", "code", "reason", "msg", "request_id", "retry_after", "errors", "field_msg", "known")
    got = {
        "status": no.status,
        "code": no.code,
        "reason": no.reason.value,
        "msg": no.msg,
        "request_id": no.request_id,
        "retry_after": no.retry_after,
    }
    match_all({name: want[name] for name in got if name in want}, got)
    if "errors" in want:
        insist({e.field: e.reason.value for e in no.errors} == want["errors"], f"errors are {no.errors}, want {want['errors']}")
        insist(len(no.errors) == len(want["errors"]), f"errors are {no.errors}")
    for field, msg in want.get("field_msg", {}).items():
        error = no.field(field)
        insist(error is not None and error.msg == msg, f"field {field} says {error}")
    known = want.get("known", True)
    insist(no.reason.known == known, f"reason {no.reason} is known: {no.reason.known}")
    insist(not known or no.request_id != "", "there is no request_id")


def ask_stage(request: str) -> Tree:
    method, path = request.split(" ", 1)
    with urllib.request.urlopen(urllib.request.Request(os.environ["STAGE_URL"] + path, method=method)) as response:
        answer: Tree = json.load(response)
        return answer


def base(on: str) -> str:
    name, slash, path = on.partition("/")
    return str(json.loads(os.environ["STAGE_DEPLOYMENTS"])[name]) + slash + path


async def now(value: Any) -> Any:
    """The value of a call of either client."""
    return await value if isinstance(value, Awaitable) else value


async def call(step: Tree, url: str, kind: type[enroll.Client] | type[enroll.AsyncClient]) -> Tree:
    params = dict(step.get("params", {}))
    timeout = step["timeout"] / 1000 if "timeout" in step else None
    client = kind(url, site=params.pop("Site-Id", None), language=params.pop("Accept-Language", None), timeout=timeout)
    token, body = step.get("token", ""), step.get("body", {})
    session = client.session(token)
    key = params.pop("Idempotency-Key", None)
    params.pop("state", None)  # it has one value only, and the SDK has no argument for it
    operations: dict[str, Callable[[], Any]] = {
        "register": lambda: client.register(enroll.RegisterRequest.from_dict(body), idempotency_key=key),
        "login": lambda: client.login(enroll.LoginRequest.from_dict(body)),
        "resetPassword": lambda: client.reset_password(enroll.PasswordResetRequest.from_dict(body)),
        "sendPhoneCode": lambda: (session if token else client).send_phone_code(enroll.PhoneCodeRequest.from_dict(body)),
        "sendEmailCode": lambda: session.send_email_code(enroll.EmailCodeRequest.from_dict(body)),
        "verifyEmail": lambda: session.verify_email(params.pop("code"), email=params.pop("email", None)),
        "confirmEmail": lambda: session.confirm_email(enroll.EmailConfirmRequest.from_dict(body)),
        "acceptTerms": lambda: session.accept_terms(enroll.TermsRequest.from_dict(body)),
        "logout": lambda: session.logout(enroll.LogoutRequest.from_dict(body)),
        "listSessions": lambda: session.list_sessions(),
        "exportUser": lambda: session.export_user(),
        "endSession": lambda: session.end_session(params.pop("session")),
        "endOtherSessions": lambda: session.end_other_sessions(),
        "deleteUser": lambda: session.delete_user(enroll.DeletionRequest.from_dict(body)),
        "changePassword": lambda: session.change_password(enroll.PasswordChangeRequest.from_dict(body)),
        "getUserDetail": lambda: session.get_user_detail(),
        "updateUser": lambda: session.update_user(enroll.UserChangeRequest.from_dict(body)),
        "uploadAvatar": lambda: session.upload_avatar(base64.b64decode(body["file"])),
        "getSettings": lambda: client.get_settings(),
        "getUserGroups": lambda: client.get_user_groups(),
        "getUserGroup": lambda: client.get_user_group(params.pop("id")),
        "getCaptcha": lambda: client.get_captcha(enroll.CaptchaOperation(params.pop("operation")) if "operation" in params else None),
        "getCaptchaAudio": lambda: client.get_captcha_audio(params.pop("captcha_id"), params.pop("proof", "")),
        "getJwks": lambda: client.get_jwks(),
    }
    try:
        answer = (await now(operations[step["call"]]())).to_dict()
    except Exception:
        insist(session.token == token, "the token of a failed call is taken over")
        raise
    finally:
        if isinstance(client, enroll.AsyncClient):
            await client.aclose()
        else:
            client.close()
    insist(not params, f"unknown parameters {params}")
    said: Tree = {"data": answer} if step["call"] == "getJwks" else answer
    return {**said, "headers": {"Update-Token": session.token if session.token != token else None}}


async def play_call(step: Tree, url: str, kind: type[enroll.Client] | type[enroll.AsyncClient]) -> Tree:
    only(step, "call", "params", "token", "body", "timeout", "expect", "save")
    want = step["expect"]
    only(want, "ok", "refusal", "unexpected", "no_answer")
    try:
        said = await call(step, url, kind)
    except enroll.Refusal as no:
        survives(no)
        if want:
            insist("refusal" in want, f"refused: {no.reason} {no.msg} {no.errors}")
            match_refusal(want["refusal"], no)
        return {}
    except enroll.UnexpectedAnswer as strange:
        survives(strange)
        insist("unexpected" in want or "no_answer" in want, str(strange))
        match_all(want.get("unexpected", {}), {"status": strange.status, "retry_after": strange.retry_after})
        return {}
    except httpx.TransportError as error:
        insist("no_answer" in want, f"no answer: {error!r}")
        return {}
    insist("ok" in want or not want, f"no refusal, but {said}")
    ok = want.get("ok", {})
    only(ok, "data", "msg", "headers")
    match_all(ok.get("data", {}), said["data"])
    match_all(ok.get("headers", {}), said["headers"])
    if "msg" in ok:
        match("msg", ok["msg"], said["msg"])
    return said


def solve(work: Tree) -> Tree:
    only(work, "salt", "bits", "puzzles", "answer", "canceled")
    stop = threading.Event()
    if work.get("canceled"):
        stop.set()
        with contextlib.suppress(CancelledError):
            insist(False, "a canceled work has an answer: " + enroll.solve_work(work["salt"], work["bits"], work["puzzles"], stop=stop))
        return {}
    answer = enroll.solve_work(work["salt"], work["bits"], work["puzzles"], stop=stop)
    insist(answer == work.get("answer", answer), f"the work is answered by {answer}")
    return {"answer": answer}


async def play(scenario: Tree, on: str, kind: type[enroll.Client] | type[enroll.AsyncClient]) -> None:
    only(scenario, "name", "on", "why", "fresh", "steps")
    variables = {name: fresh(of) for name, of in scenario.get("fresh", {}).items()}
    for i, raw in enumerate(scenario["steps"], 1):
        try:
            step = fill(raw, variables)
            if "stage" in step:
                only(step, "stage", "save")
                said = ask_stage(step["stage"])
            elif "solve" in step:
                only(step, "solve", "save")
                said = solve(step["solve"])
            else:
                said = await play_call(step, base(on), kind)
            for name, path in step.get("save", {}).items():
                value: Any = said
                for part in path.split("."):
                    value = value[int(part) if isinstance(value, list) else part]
                variables[name] = value
        except Exception as err:
            err.add_note(f"{scenario['name']!r} on {on}, step {i}: {raw.get('call') or raw.get('stage') or 'solve'}")
            raise


def readme(name: str) -> None:
    """The README's program twice: the second time the name is taken."""
    found = re.search(r"```python\n(.*?)```", Path(name).read_text(encoding="utf-8"), re.DOTALL)
    insist(found is not None, "the README has no program")
    assert found is not None
    program = found[1].replace("http://127.0.0.1:8080", os.environ["ENROLL_URL"])
    for wanted in ("welcome ", "This user name is already taken."):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(program, name, "exec"), {})
        insist(out.getvalue().startswith(wanted), f"the README's program prints {out.getvalue()}")


def transports() -> None:
    """A client that is given an httpx client, as tests do: it reads a mocked answer and follows no redirect."""
    calm = httpx.MockTransport(lambda _: httpx.Response(200, json={"keys": []}))
    with enroll.Client("http://service", http=httpx.Client(transport=calm)) as client:
        insist(client.get_jwks().keys == [], "an answer that a test gives is not read")
    asked: list[httpx.Request] = []

    def away(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(307, headers={"Location": "http://elsewhere/"})

    http = httpx.Client(transport=httpx.MockTransport(away), follow_redirects=True)
    with enroll.Client("http://service", http=http, timeout=5) as client, contextlib.suppress(enroll.UnexpectedAnswer):
        client.session("t").get_user_detail()
    insist([r.url.host for r in asked] == ["service"], f"a redirect is followed: {asked}")


def play_book(name: str, kind: type[enroll.Client] | type[enroll.AsyncClient]) -> list[Exception]:
    """Plays all scenarios of a file, each on each of its base URLs. Returns the failures."""
    scenarios: list[Tree] = json.loads(Path(name).read_text(encoding="utf-8"))["scenarios"]
    errors: list[Exception] = []
    played = steps = 0
    for scenario in scenarios:
        for on in [scenario["on"]] if isinstance(scenario["on"], str) else scenario["on"]:
            try:
                asyncio.run(play(scenario, on, kind))
            except Exception as err:
                errors.append(err)
            played, steps = played + 1, steps + len(scenario["steps"])
    print(f"Python SDK, {kind.__name__}: {played} scenarios, {steps} steps of {name}", flush=True)
    return errors


def main() -> None:
    *books, readme_name = sys.argv[1:]
    errors = [error for kind in (enroll.Client, enroll.AsyncClient) for book in books for error in play_book(book, kind)]
    transports()
    if errors:
        raise ExceptionGroup("the scenarios", errors)
    readme(readme_name)
    print("Python SDK: the README's program does what it says")


main()
