"""A mail server and a receiver of webhooks, as their users run them.

Prints its ports, and then what comes, as lines of JSON. The webhook's secret is its first line of input.
"""

import email
import email.policy
import json
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

printing = threading.Lock()
secret = ""


def say(line):
    with printing:
        print(json.dumps(line), flush=True)


class Mail:
    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in message.iter_parts()}
        say(
            {
                "kind": "mail",
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "headers": [name for name, _ in message.items()],
                "subject": message["Subject"],
                "id": message["Message-ID"],
                "text": parts.get("text/plain"),
                "html": parts.get("text/html"),
            }
        )
        return "250 taken"


def sign_in(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"luotsi", b"a mail password"))


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            payload, verified = Webhook(secret).verify(body, headers), True
        except WebhookVerificationError as error:
            payload, verified = str(error), False
        try:
            Webhook(secret).verify(body + " ", headers)
            forged = True
        except WebhookVerificationError:
            forged = False
        say({"kind": "hook", "verified": verified, "forged": forged, "payload": payload, "id": headers["webhook-id"]})
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        pass


with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
mail = Controller(
    Mail(),
    hostname="127.0.0.1",
    port=port,
    authenticator=sign_in,
    auth_required=True,
    auth_require_tls=False,
    decode_data=False,
)
mail.start()
hooks = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
threading.Thread(target=hooks.serve_forever, daemon=True).start()
say({"kind": "ports", "smtp": port, "http": hooks.server_address[1]})
secret = sys.stdin.readline().strip()
sys.stdin.read()
