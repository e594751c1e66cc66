"""Verifies requests as Kazinex's page on webhooks shows it.

Reads one JSON object a line (body in base64, header, secret) and answers true or false.
"""

import base64
import hashlib
import hmac
import json
import sys


def verify(payload_body: bytes, header: str, secret: str) -> bool:
    expected = hmac.new(secret.encode(), payload_body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, header.replace("sha256=", ""))


for line in sys.stdin:
    request = json.loads(line)
    verified = verify(base64.b64decode(request["body"]), request["header"], request["secret"])
    print(json.dumps(verified), flush=True)
