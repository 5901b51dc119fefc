// The journey of the top README on the command line: an event fills up, somebody waits, somebody cancels, the next moves
// up. Then a handful of mistakes: each with its exit code, the reason, and the way out.
import assert from "node:assert/strict";

import { commandLine } from "../lib/cli.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { eventually, journey } from "../lib/journey.mjs";

const year = new Date().getUTCFullYear() + 1;

/** From the operator's key to an owner's and a portal's. */
async function prepare({ folder, server, rootKey }) {
  const operator = commandLine(folder, server, rootKey, "demo");
  await operator.json("organizers", "create", "demo", "--display-name", "Demo office");
  const key = async (...args) => (await operator.json("keys", "create", ...args)).secret;
  const owner = commandLine(folder, server, await key("owner", "--role", "owner"), "demo");
  await owner.json("partners", "create", "portal", "--display-name", "A portal");
  const partnerKey = await key("portal", "--role", "partner", "--partner", "portal");
  return { owner, portal: commandLine(folder, server, partnerKey, "demo") };
}

async function fillUp(owner, portal) {
  const created = await owner.json(
    ...["events", "create", "lasers", "--title", "Laser workshop", "--title", "de=Laser-Workshop"],
    ...["--kind", "workshop", "--mode", "in-person", "--zone", "Europe/Berlin"],
    ...["--start", `${year}-05-06T10:00`, "--end", `${year}-05-06T16:00`, "--country", "DE", "--city", "Jena"],
    ...["--capacity", "2", "--waiting-list", "strict"],
  );
  assert.equal(created.name, "organizers/demo/events/lasers");
  assert.equal(created.state, "DRAFT");
  assert.equal((await owner.json("events", "publish", "lasers")).state, "PUBLISHED");
  assert.deepEqual(
    (await portal.json("events", "list", "--filter", 'kind = WORKSHOP AND country = "DE"')).map(({ name }) => name),
    [created.name],
  );

  const register = (email) => portal.json("registrations", "create", "lasers", "--email", email);
  const ada = await register("ada@example.org");
  const bob = await register("bob@example.org");
  const cleo = await register("cleo@example.org");
  assert.deepEqual([ada.state, bob.state, cleo.state], ["CONFIRMED", "CONFIRMED", "WAITLISTED"]);
  assert.equal(cleo.waitingPosition, 1);

  await portal.json("registrations", "cancel", ada.name);
  await eventually(async () => {
    assert.equal((await portal.json("registrations", "get", cleo.name)).state, "CONFIRMED");
  });
  const { code, stderr } = await owner.colloquy(["registrations", "verify", "lasers"]);
  assert.equal(code, 0, stderr);
}

/** A mistake ends with `code` and says `words`, nothing on standard output, and no colours: nobody is watching. */
async function mistake(cli, args, code, ...words) {
  const command = `colloquy ${args.join(" ")}`;
  const result = await cli.colloquy(args);
  assert.equal(result.code, code, `${command}:\n${result.stderr}${result.stdout}`);
  assert.equal(result.stdout, "", command);
  for (const word of words) assert.match(result.stderr, word, command);
  assert.ok(!result.stderr.includes("\x1b"), `${command} writes colours`);
}

async function mistakes({ folder, server }, owner, portal) {
  const stranger = commandLine(folder, server, `clq_none_${"0".repeat(52)}`, "demo");
  const nowhere = commandLine(folder, "127.0.0.1:1", "", "demo");
  const homeless = commandLine(folder, server, "", "");
  await mistake(owner, ["events", "list", "--colour"], 2, /--colour/, /Hint: .*--help/);
  await mistake(homeless, ["partners", "list"], 2, /organizer/);
  await mistake(owner, ["events", "get", "lazers"], 3, /lazers/, /Hint: .*list/, /RESOURCE_NOT_FOUND/);
  await mistake(portal, ["events", "publish", "lasers"], 4, /Hint: .*whoami/, /PERMISSION_DENIED/);
  await mistake(stranger, ["registrations", "list", "lasers"], 4, /CREDENTIALS_INVALID/);
  const again = ["registrations", "create", "lasers", "--email", "BOB@example.org"];
  await mistake(portal, again, 5, /ADDRESS_ALREADY_REGISTERED/);
  await mistake(owner, ["events", "update", "lasers", "--capacity", "1"], 5, /CAPACITY_BELOW_TAKEN/, /Hint: 2 seats .*--force/);
  await mistake(owner, ["events", "list", "--filter", "kind = TRAINING AND colour = red"], 6, /colour/, /FILTER_INVALID/);
  const backwards = ["events", "update", "lasers", "--end", `${year}-05-06T09:00`];
  await mistake(owner, backwards, 6, /civil_end|end_time/, /FIELD_INVALID/);
  await mistake(nowhere, ["whoami"], 7, /Is a server running at 127\.0\.0\.1:1/);
}

await journey(async (t) => {
  const installation = await startInstallation(t);
  const { owner, portal } = await prepare(installation);
  await fillUp(owner, portal);
  await mistakes(installation, owner, portal);
});
