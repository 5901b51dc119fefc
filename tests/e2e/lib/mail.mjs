// A mail server on loopback for one journey, and what it got.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { run } from "./cli.mjs";

const here = new URL("..", import.meta.url).pathname;

/**
 * Starts smtp_sink.py for the journey `t`. `address` is where it listens; `mails()` gives what it got so far, each
 * read and checked by read_mails.py; `envelopes()` only who got what, in the order of arrival; `crash()` kills it as a
 * power cut would and starts it again at the same address.
 */
export async function startMailServer(t, ...options) {
  const folder = await mkdtemp(join(tmpdir(), "colloquy-mail-"));
  t.atEnd(() => rm(folder, { recursive: true, force: true }));
  const envelopes = new Map();
  let server = await startSink(folder, options);
  t.atEnd(() => stopSink(server));
  return {
    address: `127.0.0.1:${server.port}`,
    mails: () => readMails(folder),
    envelopes: () => readEnvelopes(folder, envelopes),
    async crash() {
      const { port } = server;
      server.child.kill("SIGKILL");
      await server.ended;
      server = await startSink(folder, [...options, "--port", port]);
    },
  };
}

async function startSink(folder, options) {
  const child = spawn(join(here, "smtp_sink.py"), [folder, ...options], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const [port] = await Promise.race([
    once(lines, "line"),
    ended.then(([code]) => {
      throw new Error(`smtp_sink.py ended with ${code}`);
    }),
  ]);
  return { child, ended, port };
}

async function stopSink({ child, ended }) {
  child.stdin.end();
  await ended;
}

/**
 * What is there as a whole: a message that was cut off has no .eml, and nobody was told that it arrived. What was read
 * before is in `known`, by file.
 */
async function readEnvelopes(folder, known) {
  const whole = (await readdir(folder)).filter((name) => name.endsWith(".eml")).sort();
  for (const name of whole) {
    if (known.has(name)) continue;
    known.set(name, JSON.parse(await readFile(join(folder, name.replace(/eml$/, "json")), "utf8")));
  }
  return whole.map((name) => known.get(name));
}

/** What lies in `folder`, by Python's parsers. Throws what they complain about. */
export async function readMails(folder) {
  const { code, stdout, stderr } = await run(join(here, "read_mails.py"), [folder]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
