"""Tries openapi.yaml against the real service with schemathesis, in parts of which two run at once.

    python fuzz.py STAGE ST CONTRACT [--cases 20000] [--seed N]

STAGE is the program test/stage, ST is the program of schemathesis, CONTRACT is openapi.yaml
with the links of links.yaml. The script fails if schemathesis finds anything, if fewer than
--cases cases were tried, if more than one answer in a thousand is 503, and if an operation
outside of UNREACHED never succeeded: then the code behind its rules was not tried at all.
Another --seed makes other requests; the seed is printed.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import secrets
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# All requests come from few people, one network and few prefixes, so budgets of messages would
# refuse most of them. The log has warnings and errors, and no line for each request.
SETTINGS = [
    *(f"ENROLL_LIMIT_{budget}=off" for budget in ("SMS_PREFIX", "SMS_DAY", "MAIL_USER", "MAIL_NETWORK", "MAIL_DAY")),
    "ENROLL_LOG_LEVEL=warn",
]

# A part of the run. `examples` is how many cases are made for each operation, `seconds` how
# long a part goes on. A stateful suite needs a time: hypothesis ends it as soon as the service
# answers the same request in another way than before, for example when a name is taken by
# then, and begins again only while there is time.
Part = collections.namedtuple("Part", "name seed phases examples seconds settings")


def parts(cases, seed, operations):
    """The parts of a run. Each keeps one core busy and has a service of its own; two run at once."""
    # A fifth more than the bound, since an operation without a body has fewer cases.
    examples = max(20, cases * 12 // 10 // 2 // operations)
    return [
        Part("each operation", seed, "examples,coverage,fuzzing", examples, None, []),
        Part("each operation, once more", seed + 1, "examples,coverage,fuzzing", examples, None, []),
        Part("story after story", seed, "stateful", 500, 45, []),
        # The test cannot read the pictures, so every login is refused; it can fetch the sound.
        Part("with captchas", seed, "examples,coverage,fuzzing,stateful", 20, 30, ["ENROLL_CAPTCHA=image", "ENROLL_CAPTCHA_ON=login"]),
    ]


def run(part, args):
    """Runs one part; returns whether it passed and its answers."""
    since = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        answers = pathlib.Path(folder) / "answers.json"
        command = [args.stage]
        for setting in SETTINGS + part.settings:
            command += ["-set", setting]
        command += [sys.executable, __file__, "--inner", args.st, args.contract, "--seed", str(part.seed)]
        command += ["--", "--phases", part.phases, "--max-examples", str(part.examples)]
        if part.seconds:
            command += ["--max-time", str(part.seconds)]
        env = dict(os.environ, CONTRACT_ANSWERS=str(answers), PYTHONDONTWRITEBYTECODE="1")
        done = subprocess.run(command, cwd=ROOT, env=env, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        counts = json.loads(answers.read_text()) if answers.exists() else []
    cases = sum(n for _, _, n in counts)
    print(f"== schemathesis, {part.name} (seed {part.seed}): {cases} cases in {time.monotonic() - since:.0f} s", flush=True)
    # After a good run schemathesis prints only hints to write other schemas.
    if done.returncode:
        print(done.stdout.decode(errors="replace"), flush=True)
    return done.returncode == 0, counts


# The operations that cannot succeed here, and why.
UNREACHED = {
    "getUserGroup": "an operator makes groups, and this service has none",
    "resetPassword": "it needs a second code to a verified address, a minute after the first one",
}


def inner(args):
    """Replaces this process, which the stage has started, by schemathesis. One worker: CPython 3.11 may fail to parse in two threads at once."""
    st, contract = args.inner
    command = [st, "--config-file", "schemathesis.toml", "run", contract]
    command += ["--url", os.environ["ENROLL_URL"], "--workers", "1", "--seed", str(args.seed), "--no-color", *args.rest]
    os.chdir(HERE)
    os.execv(command[0], command)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("stage", nargs="?")
    parser.add_argument("st", nargs="?")
    parser.add_argument("contract", nargs="?")
    parser.add_argument("--cases", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--inner", nargs=2, help=argparse.SUPPRESS)
    argv, rest = sys.argv[1:], []
    if "--" in argv:
        argv, rest = argv[: argv.index("--")], argv[argv.index("--") + 1 :]
    args = parser.parse_args(argv)
    args.rest = rest
    if args.inner:
        inner(args)
    failures, answers = [], collections.Counter()
    named = set(re.findall(r"operationId: (\w+)", pathlib.Path(args.contract).read_text()))  # links repeat them
    all_parts = parts(args.cases, args.seed, len(named))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for part, (passed, counts) in zip(all_parts, pool.map(lambda part: run(part, args), all_parts)):
            for operation, status, n in counts:
                answers[operation, status] += n
            if not passed:
                failures.append(f"{part.name} found something")
    total = answers.total()
    operations = sorted({operation for operation, _ in answers})
    for operation in operations:
        told = ", ".join(f"{s}: {n}" for (o, s), n in sorted(answers.items()) if o == operation)
        print(f"{operation:16} {told}")
        if not answers[operation, 200] and operation not in UNREACHED:
            failures.append(f"{operation} never succeeded")
    print(f"{total} cases, {len(operations)} operations")
    if (turned_away := sum(n for (_, status), n in answers.items() if status == 503)) > total / 1000:
        failures.append(f"{turned_away} times 503")
    if total < args.cases:
        failures.append(f"fewer than {args.cases} cases")
    if failures:
        sys.exit("contract: " + "; ".join(failures))


if __name__ == "__main__":
    main()
