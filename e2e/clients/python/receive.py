"""Mail servers and a receiver of webhooks, as their users run them.

Prints its ports, and then what comes, as lines of JSON. The webhook's secret is its first line of input. With a folder
as its argument it also runs mail servers by STARTTLS and by implicit TLS, with `server.pem` and `server.key` of it,
and one with the certificate of another name (`other.pem`).
"""

import email
import email.policy
import json
import logging
import socket
import ssl
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

# What the tests provoke on purpose (a refused certificate, a password in the clear) is no news.
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

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
    right = (data.login, data.password) == (b"luotsi", b"a mail password")
    return AuthResult(success=right, handled=False)


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


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(**settings):
    port = free_port()
    controller = Controller(
        Mail(),
        hostname="127.0.0.1",
        port=port,
        authenticator=sign_in,
        auth_required=True,
        decode_data=False,
        **settings,
    )
    controller.start()
    return port


def context(folder, name):
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(f"{folder}/{name}.pem", f"{folder}/server.key")
    return made


ports = {"smtp": serve(auth_require_tls=False)}
if len(sys.argv) > 1:
    folder = sys.argv[1]
    ports["starttls"] = serve(tls_context=context(folder, "server"), require_starttls=True)
    ports["implicit"] = serve(ssl_context=context(folder, "server"), auth_require_tls=False)
    ports["other"] = serve(tls_context=context(folder, "other"), require_starttls=True)
hooks = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
threading.Thread(target=hooks.serve_forever, daemon=True).start()
say({"kind": "ports", **ports, "http": hooks.server_address[1]})
secret = sys.stdin.readline().strip()
sys.stdin.read()
