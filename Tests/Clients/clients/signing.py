"""Tokens that are signed right and say something wrong, and tokens that are signed wrong.

The signing key is read as a thief of the data directory *and* of the master key would read it; see `KeyVault`.
"""

import base64
import hashlib
import hmac
import json
import sqlite3
import time
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HEADER_LENGTH, NONCE_LENGTH = 5, 12


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact(value):
    return base64url(json.dumps(value, separators=(",", ":")).encode())


def server_key(data_directory, name):
    """A key of a server whose data directory and master key are known, in clear."""
    folder = Path(data_directory)
    master = base64.b64decode((folder / "master.key").read_text())
    database = sqlite3.connect(f"file:{folder / 'causeway.db'}?mode=ro", uri=True)
    try:
        (sealed,) = database.execute("select sealed from server_key where name = ?", (name,)).fetchone()
    finally:
        database.close()
    key = HKDF(hashes.SHA256(), 32, None, b"causeway server-keys").derive(master)
    body = sealed[HEADER_LENGTH:]
    return AESGCM(key).decrypt(body[:NONCE_LENGTH], body[NONCE_LENGTH:], name.encode())


def own_signing_key(data_directory):
    return serialization.load_pem_private_key(server_key(data_directory, "token-signing"), None)


class Forger:
    """Makes tokens from a real one."""

    def __init__(self, real, signing_key):
        self.real = real
        self.key = signing_key
        self.other_key = ec.generate_private_key(ec.SECP256R1())
        self.header = jwt.get_unverified_header(real)
        self.claims = jwt.decode(real, options={"verify_signature": False})

    def signed(self, header=None, key=None, without=(), **claims):
        """A token with other claims or another header, signed with this server's key unless another one is given."""
        body = {name: value for name, value in {**self.claims, **claims}.items() if name not in without}
        head = {**self.header, **(header or {})}
        signed = f"{compact(head)}.{compact(body)}"
        der = (key or self.key).sign(signed.encode(), ec.ECDSA(hashes.SHA256()))
        return f"{signed}.{base64url(self.raw_signature(der))}"

    def with_hmac(self, secret, algorithm="HS256"):
        signed = f"{compact({**self.header, 'alg': algorithm})}.{compact(self.claims)}"
        digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[algorithm]
        return f"{signed}.{base64url(hmac.new(secret, signed.encode(), digest).digest())}"

    def unsigned(self, algorithm, signature=""):
        return f"{compact({**self.header, 'alg': algorithm})}.{compact(self.claims)}.{signature}"

    def spliced(self, **claims):
        """Other claims under the real signature."""
        head, _, signature = self.real.split(".")
        return f"{head}.{compact({**self.claims, **claims})}.{signature}"

    def der_signature(self):
        head, body, _ = self.real.split(".")
        return f"{head}.{body}.{base64url(self.key.sign(f'{head}.{body}'.encode(), ec.ECDSA(hashes.SHA256())))}"

    def public_forms(self):
        """The public key in every form that a careless verifier might take for a shared secret."""
        public = self.key.public_key()
        pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        yield "PEM", pem
        yield "PEM without end of line", pem.strip()
        yield "DER", public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        yield "point", public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        yield "empty", b""

    def own_jwk(self):
        return json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.other_key.public_key()))

    @staticmethod
    def raw_signature(der):
        r, s = decode_dss_signature(der)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    @staticmethod
    def now():
        return int(time.time())
