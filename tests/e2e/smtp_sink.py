#!/usr/bin/python3
"""An SMTP server on loopback that keeps what it gets, for journeys.

    smtp_sink.py DIR [--busy-every N] [--refuse TEXT]

Prints its port, then runs until its standard input ends. Each message becomes DIR/NNNNNN.json with the envelope and
DIR/NNNNNN.eml with the bytes. With --busy-every N every Nth recipient is told 451 once; recipients whose address
contains TEXT are told 550.
"""

import argparse
import asyncio
import json
import pathlib
import sys

from aiosmtpd.smtp import SMTP


class Keeper:
    def __init__(self, folder, busy_every, refuse):
        self.folder, self.busy_every, self.refuse = folder, busy_every, refuse
        self.asked, self.kept, self.busy = 0, 0, set()

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
        base.with_suffix(".eml").write_bytes(envelope.original_content)
        base.with_suffix(".json").write_text(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos}))
        return f"250 2.0.0 kept as {self.kept:06}"


async def serve(options):
    keeper = Keeper(options.folder, options.busy_every, options.refuse)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(keeper, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--busy-every", type=int, default=0)
    arguments.add_argument("--refuse", default="")
    options = arguments.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(options))


main()
