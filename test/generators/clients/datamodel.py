"""Sends a registration and reads the answers with the models of datamodel-code-generator."""

import sys

import httpx
import models

base, name, reason = sys.argv[1:]


def register():
    account = models.RegisterRequest(user_name=name, password="correct horse battery")
    body = account.model_dump(mode="json", exclude_none=True)
    body["password"] = "correct horse battery"  # a model that hides secrets writes stars
    return httpx.post(f"{base}/api/register", json=body).text


answer = models.RegisterEnvelope.model_validate_json(register())
if answer.data.user_name != name:
    sys.exit(f"registered: {answer}")
refusal = models.RefusalEnvelope.model_validate_json(register())
told = refusal.reason.root if hasattr(refusal.reason, "root") else refusal.reason
if told != reason:
    sys.exit(f"refused: {refusal}")
