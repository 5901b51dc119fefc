// A client that knows nothing of this project finds its way by reflection: buf curl, the same that proto/ pins.
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Event_Kind, Event_Mode } from "@colloquy/sdk";

import { run } from "../lib/cli.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { journey, needsFile } from "../lib/journey.mjs";

const buf = join(fileURLToPath(import.meta.url), "../../../../proto/node_modules/.bin/buf");

await journey(async (t) => {
  needsFile(buf);
  const { server, setUp, folder } = await startInstallation(t);
  const { organizer, owner, ownerKey } = await setUp("stock");
  const draft = await owner.events.createEvent({
    parent: organizer,
    eventId: "open-day",
    event: {
      kind: Event_Kind.WORKSHOP,
      mode: Event_Mode.ONLINE,
      title: { texts: { en: "Open day" } },
      timeZone: "Europe/Berlin",
      civilStart: "2031-05-06T10:00:00",
      civilEnd: "2031-05-06T12:00:00",
    },
  });
  await owner.events.publishEvent({ name: draft.name });

  // In an empty folder, so that it cannot read the contract from this checkout; its cache lies there too.
  const curl = async (...args) => {
    const command = `cd "$0" && exec "$@"`;
    const options = ["curl", "--protocol", "grpc", "--http2-prior-knowledge", ...args];
    const { code, stdout, stderr } = await run("/bin/bash", ["-c", command, folder, buf, ...options], {
      env: { HOME: folder, XDG_CACHE_HOME: folder },
    });
    assert.equal(code, 0, `buf curl ${args.join(" ")}:\n${stderr}`);
    return stdout;
  };
  const url = `http://${server}`;

  const services = (await curl("--list-services", url)).trim().split("\n");
  for (const service of [
    "colloquy.access.v1.AccessService",
    "colloquy.events.v1.EventsService",
    "colloquy.registrations.v1.RegistrationsService",
    "google.longrunning.Operations",
    "grpc.health.v1.Health",
  ]) {
    assert.ok(services.includes(service), `${service} is not among ${services}`);
  }
  const list = async (data, ...args) =>
    JSON.parse(await curl("--data", JSON.stringify(data), ...args, `${url}/colloquy.events.v1.EventsService/ListEvents`));
  const found = await list({ parent: organizer }, "--header", `authorization: Bearer ${ownerKey}`);
  assert.deepEqual(found.events?.map(({ name, title, state }) => [name, title.texts.en, state]), [
    [draft.name, "Open day", "PUBLISHED"],
  ]);

  // Anybody, without a key: what is public, of all organizers.
  const open = await list({ parent: "organizers/-", filter: "kind = WORKSHOP" });
  assert.deepEqual(open.events?.map(({ name }) => name), [draft.name]);
});
