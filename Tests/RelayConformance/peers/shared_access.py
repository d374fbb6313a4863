"""Shared access tokens, made as the relay's clients make them."""

import base64
import hashlib
import hmac
import time
from urllib.parse import quote


def token(resource, rule, key, lifetime=3600):
    """A token for a URI: the signature is over the escaped URI and the expiry, keyed with the key's text."""
    escaped, expiry = quote(resource, safe=""), str(int(time.time()) + lifetime)
    digest = hmac.new(key.encode(), f"{escaped}\n{expiry}".encode(), hashlib.sha256).digest()
    signature = quote(base64.b64encode(digest), safe="")
    return f"SharedAccessSignature sr={escaped}&sig={signature}&se={expiry}&skn={quote(rule)}"
