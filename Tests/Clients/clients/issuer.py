"""An issuer of others, with a socket of its own: keys that it publishes, and tokens that it signs."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

RSA, EC = "RS256", "ES256"


class Issuer:
    """OpenID Connect as far as its tokens need it. `answers` replaces what a path answers."""

    def __init__(self):
        self.keys, self.asked, self.answers = {}, [], {}
        self.server, self.port = None, 0
        self.rotate("one")
        self.open()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/realm"

    # MARK: life

    def open(self):
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked.append(self.path)
                status, headers, body = issuer.answer(self.path)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path):
        if path in self.answers:
            return self.answers[path]
        documents = {
            "/realm/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": self.url + "/keys"},
            "/realm/keys": {"keys": [self.published(name, *key) for name, key in self.keys.items()]},
        }
        if path not in documents:
            return 404, {}, b""
        return 200, {"Content-Type": "application/json"}, json.dumps(documents[path]).encode()

    # MARK: keys and tokens

    def rotate(self, *names, algorithm=RSA):
        """Has these keys from now on, and no other ones."""
        make = {
            RSA: lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
            EC: lambda: ec.generate_private_key(ec.SECP256R1()),
        }[algorithm]
        self.keys = {name: (algorithm, make()) for name in names}

    @staticmethod
    def published(name, algorithm, key):
        form = jwt.algorithms.RSAAlgorithm if algorithm == RSA else jwt.algorithms.ECAlgorithm
        return {**json.loads(form.to_jwk(key.public_key())), "kid": name, "use": "sig"}

    def token(self, subject="repo:acme/shop", audience="causeway", kid=None, key=None, headers=None, **claims):
        name = kid or next(iter(self.keys))
        algorithm, own = self.keys.get(name, next(iter(self.keys.values())))
        now = int(time.time())
        body = {"iss": self.url, "sub": subject, "aud": audience, "iat": now, "nbf": now, "exp": now + 600, **claims}
        return jwt.encode(body, key or own, algorithm, {"kid": name, **(headers or {})})
