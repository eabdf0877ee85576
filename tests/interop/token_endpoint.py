"""A token endpoint of OpenID Connect (client credentials, RFC 6749 section 4.4) at a free port of loopback: gives the client
with this id and this secret a token that is not signed (RFC 7519 section 6), and refuses others with invalid_client.
usage: token_endpoint.py CLIENT_ID CLIENT_SECRET
"""
import base64
import http.server
import json
import sys
import time
import urllib.parse

LIFETIME = 3600  # seconds
client = tuple(sys.argv[1:3])


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


class Endpoint(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()))
        if form.get("grant_type") != "client_credentials":
            self.answer(400, {"error": "unsupported_grant_type"})
        elif self.client_of(form) != client:
            self.answer(401, {"error": "invalid_client", "error_description": "no such client, or another secret"})
        else:
            now = int(time.time())
            claims = {"sub": client[0], "iat": now, "exp": now + LIFETIME, "scope": form.get("scope", "")}
            token = f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{encoded(claims)}."
            self.answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME})

    def client_of(self, form):
        """The id and the secret, from the header Authorization or from the form (RFC 6749 section 2.3.1)."""
        scheme, _, credentials = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            return tuple(urllib.parse.unquote_plus(part) for part in base64.b64decode(credentials).decode().split(":", 1))
        return form.get("client_id"), form.get("client_secret")

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
print(f"Tokens at http://127.0.0.1:{server.server_port}/oauth2/token", flush=True)
server.serve_forever()
