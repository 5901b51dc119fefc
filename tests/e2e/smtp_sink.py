#!/usr/bin/python3
"""An SMTP server on loopback that keeps what it gets, for journeys.

    smtp_sink.py DIR [--port PORT] [--busy-every N] [--refuse TEXT]

Prints its port, then runs until its standard input ends. Each message becomes DIR/NNNNNN.json with the envelope and
DIR/NNNNNN.eml with the bytes, whole or not at all whenever this is killed; it goes on counting in a DIR that it finds.
With --busy-every N every Nth recipient is told 451 once; recipients whose address contains TEXT are told 550.
"""

import argparse
import asyncio
import email
import json
import pathlib
import sys

from aiosmtpd.smtp import SMTP


class Keeper:
    def __init__(self, folder, busy_every, refuse):
        self.folder, self.busy_every, self.refuse = folder, busy_every, refuse
        self.asked, self.kept, self.busy = 0, len(list(folder.glob("*.eml"))), set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuse and self.refuse in address:
            return "550 5.1.1 No such mailbox here"
        self.asked += 1
        if self.busy_every and self.asked % self.busy_every == 0 and address not in self.busy:
            self.busy.add(address)
            return "451 4.3.0 Come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.kept += 1
        base = self.folder / f"{self.kept:06}"
        head = email.message_from_bytes(envelope.original_content)
        known = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "message_id": head["Message-ID"]}
        base.with_suffix(".json").write_text(json.dumps(known))
        draft = base.with_suffix(".part")
        draft.write_bytes(envelope.original_content)
        draft.rename(base.with_suffix(".eml"))
        return f"250 2.0.0 kept as {self.kept:06}"


async def serve(options):
    keeper = Keeper(options.folder, options.busy_every, options.refuse)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(keeper, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", options.port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--port", type=int, default=0)
    arguments.add_argument("--busy-every", type=int, default=0)
    arguments.add_argument("--refuse", default="")
    options = arguments.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(options))


main()
