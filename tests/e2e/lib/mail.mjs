// A mail server on loopback for one journey, and what it got.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { run } from "./cli.mjs";

const here = new URL("..", import.meta.url).pathname;

/**
 * Starts smtp_sink.py for the journey `t`. `address` is where it listens; `mails()` gives what it got so far, each
 * read and checked by read_mails.py.
 */
export async function startMailServer(t, ...options) {
  const folder = await mkdtemp(join(tmpdir(), "colloquy-mail-"));
  t.atEnd(() => rm(folder, { recursive: true, force: true }));
  const child = spawn(join(here, "smtp_sink.py"), [folder, ...options], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  t.atEnd(async () => {
    child.stdin.end();
    await ended;
  });
  const [port] = await once(createInterface({ input: child.stdout }), "line");
  return { address: `127.0.0.1:${port}`, mails: () => readMails(folder) };
}

/** What lies in `folder`, by Python's parsers. Throws what they complain about. */
export async function readMails(folder) {
  const { code, stdout, stderr } = await run(join(here, "read_mails.py"), [folder]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
