// Nothing acknowledged is lost: the server is killed in the middle of a burst, started again, and asked about every
// registration that it had acknowledged. COLLOQUY_CRASH_ROUNDS sets how often (3).
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import { Event_Kind, Event_Mode, items, Registration_State, WaitingList_Mode } from "@colloquy/sdk";

import { startInstallation } from "../lib/installation.mjs";
import { journey } from "../lib/journey.mjs";

const rounds = Number(process.env.COLLOQUY_CRASH_ROUNDS ?? 3);
const callers = 32;
const seats = 100;

const plannedEvent = {
  kind: Event_Kind.WORKSHOP,
  mode: Event_Mode.ONLINE,
  title: { texts: { en: "Crash test" } },
  defaultLanguage: "en",
  timeZone: "UTC",
  civilStart: `${new Date().getUTCFullYear() + 1}-03-09T14:00:00`,
  civilEnd: `${new Date().getUTCFullYear() + 1}-03-09T18:00:00`,
  registration: { capacity: seats, waitingList: { mode: WaitingList_Mode.ON } },
};

/** Registers people until `stopped()`; each call with a request id of its own. What was acknowledged, and what was not. */
async function burst(portal, parent, round, stopped) {
  const sent = [];
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let i = 0; !stopped(); i++) {
        const request = {
          parent,
          registration: { attendee: { email: `guest-${round}-${caller}-${i}@example.org` } },
          requestId: randomUUID(),
        };
        const record = { request, answer: undefined };
        sent.push(record);
        record.answer = await portal.registrations.createRegistration(request).catch(() => undefined);
      }
    }),
  );
  return sent;
}

await journey(async (t) => {
  const installation = await startInstallation(t);
  const { organizer, owner } = await installation.setUp("crash");

  for (let round = 0; round < rounds; round++) {
    const event = await owner.events
      .createEvent({ parent: organizer, eventId: `round-${round}`, event: plannedEvent })
      .then(({ name }) => owner.events.publishEvent({ name }));
    let over = false;
    const running = burst(owner, event.name, round, () => over);
    // Until a good number is through: no clock decides when the power goes.
    for (let confirmed = 0; confirmed < 20; ) {
      const { pools } = await owner.registrations.explainAvailability({ event: event.name });
      confirmed = Number(pools[0].taken);
    }
    await Promise.all([installation.crash().then(() => (over = true)), running]);
    const sent = await running;
    assert.ok(sent.filter(({ answer }) => answer).length >= 20, "some were acknowledged before the crash");

    // Acknowledged or not: the same request again is answered, and those acknowledged with their first answer.
    for (const record of sent) {
      const again = await owner.registrations.createRegistration(record.request);
      if (record.answer) assert.deepEqual([again.name, again.state], [record.answer.name, record.answer.state]);
    }
    const stored = new Map();
    for await (const registration of items(owner.registrations.listRegistrations, { parent: event.name, pageSize: 500 })) {
      assert.ok(!stored.has(registration.attendee.email), `${registration.attendee.email} is there twice`);
      stored.set(registration.attendee.email, registration);
    }
    assert.equal(stored.size, sent.length);
    const confirmed = [...stored.values()].filter(({ state }) => state === Registration_State.CONFIRMED).length;
    assert.equal(confirmed, Math.min(seats, sent.length));
    const { differences } = await owner.registrations.verifySeats({ event: event.name });
    assert.deepEqual(differences, []);
  }
});
