"""An application that believes Vestibule's assertion and nothing else. PyJWT 2.6 or newer, with cryptography."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt

VESTIBULE = os.environ["VESTIBULE_URL"]  # portal.url
OWN = os.environ["OWN_URL"]  # application.url
# Fetched once, and again every five minutes or when a key is not among them.
KEYS = jwt.PyJWKClient(os.environ.get("VESTIBULE_KEYS", VESTIBULE + "/.vestibule/jwks.json"))


def claims_of(headers):
    """What Vestibule says of who sent a request with these headers; jwt.PyJWTError when it says nothing."""
    [assertion] = headers.get_all("Vestibule-Assertion") or [""]
    if jwt.get_unverified_header(assertion).get("typ") != "vestibule+jwt":
        raise jwt.InvalidTokenError("another kind of token")
    key = KEYS.get_signing_key_from_jwt(assertion).key
    required = {"require": ["iss", "aud", "sub", "exp", "nbf"]}
    return jwt.decode(assertion, key, ["ES256"], audience=OWN, issuer=VESTIBULE, leeway=5, options=required)


class Hello(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            status, text = 200, "hello " + claims_of(self.headers)["preferred_username"]
        except (jwt.PyJWTError, ValueError):
            status, text = 401, "who are you?"
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Hello).serve_forever()
