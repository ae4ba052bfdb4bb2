"""Sends a registration to a deployment that answers everything with 200, and reads the answers with the model of
datamodel-code-generator."""

import sys

import httpx
import models

base, name, reason = sys.argv[1:]


def register():
    account = models.RegisterRequest(user_name=name, password="correct horse battery")
    body = account.model_dump(mode="json", exclude_none=True)
    body["password"] = "correct horse battery"  # a model that hides secrets writes stars
    return models.RegisterAnswer.model_validate_json(httpx.post(f"{base}/api/register", json=body).text)


answer = register()
if answer.code != 0 or answer.data.user_name != name:
    sys.exit(f"registered: {answer}")
refusal = register()
told = refusal.reason.root if hasattr(refusal.reason, "root") else refusal.reason
if refusal.code == 0 or told != reason or refusal.errors[0].field != "user_name":
    sys.exit(f"refused: {refusal}")
