"""Plays the client of openapi-generator's python."""

import sys

from openapi_client import ApiClient, Configuration, RegisterRequest, RegistrationApi
from openapi_client.exceptions import ApiException

base, name, reason = sys.argv[1:]
api = RegistrationApi(ApiClient(Configuration(host=base)))
account = RegisterRequest.from_dict({"user_name": name, "password": "correct horse battery"})
answer = api.register(account)
if answer.code != 0 or answer.data.user_name != name:
    sys.exit(f"registered: {answer}")
try:
    sys.exit(f"registered twice: {api.register(account)}")
except ApiException as refusal:
    if refusal.data.reason != reason:
        sys.exit(f"refused: {refusal}")
