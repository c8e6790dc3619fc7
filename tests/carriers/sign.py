"""Signs a request as the company's own library would: `sign.py twilio|vonage`, one JSON object on stdin."""
import json
import sys

asked = json.load(sys.stdin)
if sys.argv[1] == "twilio":
    from twilio.request_validator import RequestValidator

    print(RequestValidator(asked["secret"]).compute_signature(asked["url"], asked["fields"]))
else:
    from vonage_http_client.auth import Auth

    keys = {"api_key": "k", "api_secret": "s", "signature_secret": asked["secret"], "signature_method": "sha256"}
    print(Auth(**keys).sign_params(asked["fields"]))
