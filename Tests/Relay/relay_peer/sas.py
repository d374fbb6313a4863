"""Shared access signatures, with every part open to change."""

import base64
import hashlib
import hmac
import time
from urllib.parse import quote, quote_plus

SCHEME = "SharedAccessSignature"


def in_seconds(seconds):
    return int(time.time() + seconds)


def signature(key, resource, expiry):
    """The signature over the resource and the expiry exactly as they stand in the token; the key is taken as text."""
    secret = key if isinstance(key, bytes) else key.encode()
    return base64.b64encode(hmac.new(secret, f"{resource}\n{expiry}".encode(), hashlib.sha256).digest()).decode()


def everything(text):
    return quote(text, safe="")


def lower_case_escapes(text):
    """As .NET's older helpers do: `%2f`, and `+` for a space."""
    first, *parts = quote_plus(text).split("%")
    return first + "".join("%" + part[:2].lower() + part[2:] for part in parts)


def mint(uri, rule, key, *, seconds=3600, expiry=None, encode=everything, encode_signature=everything, encode_rule=everything,
         order=("sr", "sig", "se", "skn"), scheme=SCHEME, **changed):
    """A token. `encode` makes `sr` of the URI; keywords named like fields replace what would stand there, None drops it."""
    expiry = str(in_seconds(seconds) if expiry is None else expiry)
    resource = encode(uri)
    fields = {
        "sr": resource, "sig": encode_signature(signature(key, resource, expiry)), "se": expiry, "skn": encode_rule(rule),
        **changed,
    }
    return f"{scheme} " + "&".join(f"{name}={fields[name]}" for name in order if fields[name] is not None)
