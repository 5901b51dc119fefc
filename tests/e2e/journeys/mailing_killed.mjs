// Nobody is missing and nobody is asked twice without its being said: the server and the relay are killed, in turn, in
// the middle of a mailing. COLLOQUY_CRASH_ROUNDS sets how often each is killed (1), COLLOQUY_CRASH_GUESTS how many are
// invited (1,000).
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Delivery_State, Invitation_State, items, Mailing_State } from "@colloquy/sdk";

import { commandLine } from "../lib/cli.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { eventually, journey } from "../lib/journey.mjs";
import { startMailServer } from "../lib/mail.mjs";

const rounds = Number(process.env.COLLOQUY_CRASH_ROUNDS ?? 1);
const invited = Number(process.env.COLLOQUY_CRASH_GUESTS ?? 1000);
const connections = 4;
const year = new Date().getUTCFullYear() + 1;
// On MySQL others may believe in a killed server for half a minute, and a relay that was away is left alone for a while.
const patience = { within: 120_000, every: 200 };

async function all(list, request, key) {
  const found = new Map();
  for await (const item of items(list, { ...request, pageSize: 1000 })) found.set(key(item), item);
  return found;
}

/** How often each recipient got the mail, of those whose address ends like this. */
function arrivals(envelopes, domain) {
  const byRecipient = new Map();
  for (const { to, message_id } of envelopes) {
    assert.equal(to.length, 1);
    if (!to[0].endsWith(`@${domain}`)) continue;
    byRecipient.set(to[0], [...(byRecipient.get(to[0]) ?? []), message_id]);
  }
  return byRecipient;
}

await journey(async (t) => {
  const mailServer = await startMailServer(t);
  const installation = await startInstallation(t, {
    options: [
      ...[`--mail-relay=smtp://${mailServer.address}`, "--mail-tls=off", "--mail-from=office@dialogue.example.org"],
      `--mail-connections=${connections}`,
    ],
  });
  const { organizer, owner, ownerKey } = await installation.setUp("demo");
  const cli = commandLine(installation.folder, installation.servers.registrations, ownerKey, "demo");

  for (let round = 0; round < 2 * rounds; round++) {
    const id = `killed-${round}`;
    const domain = `${id}.example.org`;
    await cli.json(
      ...["events", "create", id, "--title", "Sensors", "--kind", "workshop", "--mode", "in-person"],
      ...["--zone", "Europe/Berlin", "--start", `${year}-05-06T10:00`, "--end", `${year}-05-06T16:00`],
      ...["--country", "DE", "--city", "Jena", "--capacity", "20", "--waiting-list", "strict"],
    );
    await cli.json("events", "publish", id);
    const list = join(installation.folder, `${id}.csv`);
    const rows = Array.from({ length: invited }, (_, i) => `Guest ${i},guest-${i}@${domain}`);
    await writeFile(list, ["Surname,Email", ...rows, ""].join("\n"));
    const imported = await cli.colloquy(["invitations", "import", id, list, "--yes"]);
    assert.equal(imported.code, 0, imported.stderr);

    const mailing = await owner.mailings.sendInvitations({ parent: `${organizer}/events/${id}` });
    const before = 50 + Math.floor(Math.random() * (invited / 2));
    await eventually(async () => {
      assert.ok(arrivals(await mailServer.envelopes(), domain).size >= before);
    }, patience);
    if (round % 2 === 0) await installation.crash();
    else await mailServer.crash();
    const done = await eventually(async () => {
      const now = await owner.mailings.getMailing({ name: mailing.name });
      assert.equal(Mailing_State[now.state], "DONE", `${now.counts.map(({ state, deliveries }) => `${Delivery_State[state]} ${deliveries}`)}`);
      return now;
    }, patience);
    assert.deepEqual(
      done.counts.map(({ state, deliveries }) => [Delivery_State[state], Number(deliveries)]),
      [["SENT", invited]],
    );

    const arrived = arrivals(await mailServer.envelopes(), domain);
    assert.equal(arrived.size, invited, "nobody is missing");
    const doubles = [...arrived].filter(([, ids]) => ids.length > 1);
    for (const [recipient, ids] of doubles) {
      assert.equal(ids.length, 2, recipient);
      assert.equal(new Set(ids).size, 1, "a double is the same message, and mail clients can tell");
    }
    assert.ok(doubles.length <= connections, `${doubles.length} doubles over ${connections} connections`);

    const deliveries = await all(owner.mailings.listDeliveries, { parent: mailing.name }, ({ email }) => email);
    assert.equal(deliveries.size, invited);
    for (const [recipient, { state, messageId, uncertain }] of deliveries) {
      assert.equal(Delivery_State[state], "SENT", recipient);
      assert.equal(arrived.get(recipient)[0], messageId);
      assert.ok(uncertain || arrived.get(recipient).length === 1, `${recipient} got it twice, and nobody says so`);
    }
    const uncertain = [...deliveries.values()].filter((delivery) => delivery.uncertain);
    assert.ok(uncertain.length <= connections, `${uncertain.length} are said to be uncertain`);
    const invitations = await all(
      owner.invitations.listInvitations,
      { parent: `${organizer}/events/${id}` },
      ({ guest }) => guest.email,
    );
    assert.equal(invitations.size, invited);
    for (const [recipient, { state }] of invitations) assert.equal(Invitation_State[state], "SENT", recipient);
  }
});
