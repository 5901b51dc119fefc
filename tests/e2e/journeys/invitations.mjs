// A guest list becomes invitations: in three dresses, imported again, corrected, cut off by a killed server and a killed
// command line, taken back. COLLOQUY_CRASH_ROUNDS sets how often each is killed (2).
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { ImportColumn_Field, Invitation_State, items, RecordVerdict_Reason, RecordVerdict_Verdict } from "@colloquy/sdk";

import { commandLine, run } from "../lib/cli.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { eventually, journey, needsFile } from "../lib/journey.mjs";

const rounds = Number(process.env.COLLOQUY_CRASH_ROUNDS ?? 2);
const guests = join(process.env.COLLOQUY_TEST_DATA, "guests");
const here = new URL("..", import.meta.url).pathname;
const year = new Date().getUTCFullYear() + 1;
const partlyDone = 8; // of `colloquy help exit-codes`

const lists = [
  { file: "guests-excel-de.csv", rejected: "guests-excel-de.rejected.csv", encoding: "utf-8-sig", delimiter: ";" },
  { file: "guests-plain.csv", rejected: "guests-plain.rejected.csv", encoding: "utf-8", delimiter: "," },
  { file: "guests-utf16.tsv", rejected: "guests-utf16.rejected.tsv", encoding: "utf-16", delimiter: "\t" },
];
const verdicts = { accept: "CREATED", reject: "REJECTED", duplicate: "DUPLICATE" };
const reasons = { invalid_address: ["ADDRESS_INVALID", "CONTROL_CHARACTERS"], missing_address: ["ADDRESS_MISSING"] };

async function invitationsOf(owner, parent) {
  const all = [];
  for await (const invitation of items(owner.invitations.listInvitations, { parent, pageSize: 1000 })) all.push(invitation);
  return all;
}
const addressesOf = (invitations) => invitations.map(({ guest }) => guest.email.toLowerCase()).sort();

/** How many records got `verdict`, as the command prints it. */
const countOf = (imported, verdict) => Number(JSON.parse(imported.stdout)[`${verdict}Count`] ?? 0);

const readTable = async (path, { encoding, delimiter }) => {
  const { code, stdout, stderr } = await run(join(here, "read_table.py"), [path, encoding, delimiter]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
};

/** As a portal would do it, over the API: the verdict of every record, in so many words. */
async function expectEveryVerdict(owner, parent, rows, expected) {
  const columns = Object.keys(rows[0]).map((header) => ({
    header,
    field: header === "E-Mail-Adresse" ? ImportColumn_Field.EMAIL : ImportColumn_Field.FIELD_UNSPECIFIED,
  }));
  const { name } = await owner.invitations.startInvitationImport({ parent, columns, fingerprint: randomBytes(32), dryRun: true });
  const records = rows.map((row, i) => ({ line: i + 2, cells: Object.values(row) }));
  const run = { parent, operation: name, firstRecord: 1, records, last: true };
  const answer = await owner.invitations.importInvitations(run);
  for (const [i, { verdict, reason, address }] of expected.entries()) {
    const got = answer.verdicts[i];
    assert.equal(RecordVerdict_Verdict[got.verdict], verdicts[verdict], `record ${i + 1}: ${address}`);
    if (verdict === "duplicate") assert.equal(`same address as record ${got.duplicateOf}`, reason);
    if (verdict === "reject") assert.ok(reasons[reason].includes(RecordVerdict_Reason[got.reason]), `${reason}: ${got.message}`);
  }
  // The answer was lost, say: the same run again gets the same verdicts.
  assert.deepEqual(await owner.invitations.importInvitations(run), answer);
}

async function expectVerdicts({ list, expected, imported, rejectedFile }) {
  const of = (verdict) => expected.filter((record) => record.verdict === verdict);
  assert.equal(imported.code, partlyDone, imported.stderr);
  assert.equal(countOf(imported, "rejected"), of("reject").length);
  assert.equal(countOf(imported, "duplicate"), of("duplicate").length);
  const rows = await readTable(rejectedFile, list);
  const clean = (address) => address.replaceAll("\r\n", "\n").trim();
  assert.deepEqual(
    rows.map((row) => clean(row["E-Mail-Adresse"])),
    of("reject").map(({ address }) => clean(address)),
    "the rejected records, in the list's order",
  );
  for (const [i, { reason }] of of("reject").entries()) {
    assert.ok(reasons[reason]?.includes(rows[i].rejected_reason), `${reason}: ${JSON.stringify(rows[i])}`);
    assert.match(rows[i].rejected_message, /^line \d+: /);
  }
}

async function guestList(folder, name, count) {
  const rows = Array.from({ length: count }, (_, i) => `Guest ${i},guest-${i}@example.org,research`);
  const path = join(folder, name);
  await writeFile(path, ["Surname,Email,Group", ...rows, ""].join("\n"));
  return path;
}

await journey(async (t) => {
  for (const { file } of lists) needsFile(join(guests, file));
  const expected = JSON.parse(await readFile(join(guests, "expected.json"), "utf8"));
  const welcome = expected.filter(({ verdict }) => verdict === "accept").map(({ address }) => address.toLowerCase());
  const installation = await startInstallation(t);
  const { folder } = installation;
  const { organizer, owner, ownerKey } = await installation.setUp("demo");
  const cli = commandLine(folder, installation.servers.registrations, ownerKey, "demo");
  const eventsCli = commandLine(folder, installation.servers.events, ownerKey, "demo");
  const publish = async (id) => {
    await eventsCli.json(
      ...["events", "create", id, "--title", "Sensors", "--kind", "workshop", "--mode", "in-person"],
      ...["--zone", "Europe/Berlin", "--start", `${year}-05-06T10:00`, "--end", `${year}-05-06T16:00`],
      ...["--country", "DE", "--city", "Jena", "--capacity", "20", "--waiting-list", "strict"],
    );
    await eventsCli.json("events", "publish", id);
    return `${organizer}/events/${id}`;
  };
  const importList = (event, path, ...more) => cli.colloquy(["invitations", "import", event, path, "--yes", "-o", "json", ...more]);

  // The same list in three dresses: first a dry run, then in earnest, then nothing is new.
  for (const [i, list] of lists.entries()) {
    const id = `list-${i}`;
    const event = await publish(id);
    const path = join(folder, list.file);
    await copyFile(join(guests, list.file), path);
    const rejectedFile = join(folder, list.rejected);
    await expectEveryVerdict(owner, event, await readTable(path, list), expected);
    const dry = await importList(id, path, "--dry-run");
    assert.equal(countOf(dry, "created"), welcome.length);
    assert.deepEqual(await invitationsOf(owner, event), []);
    const imported = await importList(id, path);
    await expectVerdicts({ list, expected, imported, rejectedFile });
    assert.equal(countOf(imported, "created"), welcome.length);
    const made = await invitationsOf(owner, event);
    assert.deepEqual(addressesOf(made), [...welcome].sort());
    const again = await importList(id, path);
    assert.deepEqual([countOf(again, "created"), countOf(again, "unchanged")], [0, welcome.length]);
    assert.deepEqual(
      (await invitationsOf(owner, event)).map(({ name, revision }) => [name, revision]),
      made.map(({ name, revision }) => [name, revision]),
    );
  }

  // Texts that the list holds arrive as they are: accents, quotes, line breaks within a cell.
  const [first] = await invitationsOf(owner, `${organizer}/events/list-2`);
  assert.deepEqual([first.guest.givenName, first.guest.familyName], ["Katarzyna", "Kowalski"]);
  const stats = await cli.json("invitations", "stats", "list-0");
  assert.equal(stats.invitationCount, String(welcome.length));

  // One is taken back, and may be invited anew.
  const id = first.name.split("/").at(-1);
  await cli.json("invitations", "revoke", `list-2/${id}`, "--reason", "Invited twice", "--yes");
  assert.equal((await owner.invitations.getInvitation({ name: first.name })).state, Invitation_State.REVOKED);
  const anew = await importList("list-2", join(folder, lists[2].file));
  assert.equal(countOf(anew, "created"), 1);

  // Killed in the middle, in turn the server and the command line: the same command goes on, and nobody is missing or twice.
  for (let round = 0; round < 2 * rounds; round++) {
    const big = `killed-${round}`;
    const event = await publish(big);
    const path = await guestList(folder, `${big}.csv`, 5000);
    const child = spawn(join(process.env.COLLOQUY_BIN, "colloquy"), ["invitations", "import", big, path, "--yes"], {
      env: { ...process.env, ...cli.env },
      stdio: "ignore",
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    await eventually(async () => {
      const { invitationCount } = await owner.invitations.summarizeInvitations({ parent: event });
      assert.ok(invitationCount > 0);
    });
    if (round % 2 === 0) {
      await installation.crash();
      assert.equal(await ended, 0, "the command waits for the server and goes on");
    } else {
      child.kill("SIGKILL");
      await ended;
      const resumed = await importList(big, path);
      assert.equal(resumed.code, 0, resumed.stderr);
    }
    const all = await invitationsOf(owner, event);
    assert.equal(all.length, 5000);
    assert.equal(new Set(addressesOf(all)).size, 5000);
  }
});
