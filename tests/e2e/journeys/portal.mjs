// A partner portal fills an event, a waiting list takes over, seats are freed and added, the event is called off.
import assert from "node:assert/strict";

import {
  ColloquyError,
  Event_Kind,
  Event_Mode,
  Event_State,
  items,
  Registration_State,
  WaitingList_Mode,
  WaitingList_Order,
  WaitingList_Promotion,
} from "@colloquy/sdk";

import { startInstallation } from "../lib/installation.mjs";
import { eventually, journey } from "../lib/journey.mjs";

const { CONFIRMED, WAITLISTED, CANCELLED } = Registration_State;

const seats = 40;
const people = 60;
const quotas = { industry: 24, research: 16 };

const plannedEvent = {
  kind: Event_Kind.RESEARCH_DIALOGUE,
  mode: Event_Mode.IN_PERSON,
  title: { texts: { en: "Photonics dialogue", de: "Photonik-Dialog" } },
  defaultLanguage: "en",
  languages: ["de", "en"],
  timeZone: "Europe/Berlin",
  civilStart: `${new Date().getUTCFullYear() + 1}-03-09T14:00:00`,
  civilEnd: `${new Date().getUTCFullYear() + 1}-03-09T18:00:00`,
  venue: { displayName: "Haus am Park", address: { regionCode: "DE", locality: "Jena" } },
  registration: {
    capacity: seats,
    waitingList: {
      mode: WaitingList_Mode.ON,
      order: WaitingList_Order.STRICT,
      promotion: WaitingList_Promotion.CONFIRM,
    },
  },
  categories: Object.entries(quotas).map(([id, quota]) => ({ id, quota, title: { texts: { en: id } } })),
};

// In turn, so that both categories fill up and both have a queue.
const categoryOf = (i) => (i % 2 === 0 ? "industry" : "research");

const person = (i) => ({
  category: categoryOf(i),
  externalReference: `portal-${i}`,
  attendee: { email: `guest${i}@example.org`, givenName: "Guest", familyName: `No. ${i}`, languageCode: "de" },
});

/** Registers everybody, one after the other, and checks who got a seat: those who came while their category had one. */
async function fillUp(portal, event) {
  const registrations = [];
  const taken = { industry: 0, research: 0 };
  let waiting = 0;
  for (let i = 0; i < people; i++) {
    const registration = await portal.registrations.createRegistration({ parent: event.name, registration: person(i) });
    const category = categoryOf(i);
    const fits = taken[category] < quotas[category];
    assert.equal(
      Registration_State[registration.state],
      fits ? "CONFIRMED" : "WAITLISTED",
      `guest ${i} (${category}, ${taken[category]} of ${quotas[category]} taken)`,
    );
    if (fits) {
      taken[category]++;
      assert.match(registration.checkInCode, /^[0-9A-Z]{26}$/);
    } else {
      assert.equal(registration.waitingPosition, ++waiting, `place of guest ${i} in the queue`);
      assert.equal(registration.checkInCode, "");
    }
    registrations.push(registration);
  }
  return registrations;
}

async function all(client, event) {
  const found = new Map();
  for await (const registration of items(client.registrations.listRegistrations, { parent: event.name, pageSize: 7 })) {
    assert.ok(!found.has(registration.name), `${registration.name} is listed twice`);
    found.set(registration.name, registration);
  }
  return found;
}

async function countStates(client, event) {
  const counts = { CONFIRMED: 0, WAITLISTED: 0, CANCELLED: 0 };
  for (const { state } of (await all(client, event)).values()) counts[Registration_State[state]]++;
  return counts;
}

async function verified(owner, event) {
  const { differences, registrationCount, poolCount } = await owner.registrations.verifySeats({ event: event.name });
  assert.deepEqual(differences, [], "VerifySeats");
  assert.equal(registrationCount, BigInt(people));
  assert.ok(poolCount >= 3, `${poolCount} pools: the event's and one for each category`);
}

/** Waits for the counts, then for the order: who is seated must have come before everybody of the category who waits. */
async function settled(owner, event, expected) {
  await eventually(async () => assert.deepEqual(await countStates(owner, event), expected));
  await verified(owner, event);
  const lastSeated = { industry: -1, research: -1 };
  const firstWaiting = { industry: people, research: people };
  for (const { state, category, externalReference } of (await all(owner, event)).values()) {
    const i = Number(externalReference.replace("portal-", ""));
    if (state === CONFIRMED) lastSeated[category] = Math.max(lastSeated[category], i);
    if (state === WAITLISTED) firstWaiting[category] = Math.min(firstWaiting[category], i);
  }
  for (const category of Object.keys(quotas)) {
    assert.ok(
      lastSeated[category] < firstWaiting[category],
      `${category}: guest ${lastSeated[category]} is seated while guest ${firstWaiting[category]} waits`,
    );
  }
}

/** Follows the feed in the background; `check` says what must have come through it. */
function watch(client, organizer, event) {
  const stop = new AbortController();
  const promoted = [];
  const following = (async () => {
    const request = { parent: organizer, resourcePrefix: event.name, checkpointSeconds: 1 };
    let last = 0n;
    for await (const { change, cursor } of client.streamChanges("registrations", request, { signal: stop.signal })) {
      if (!change) continue;
      assert.ok(change.sequence > last, `sequence ${change.sequence} after ${last}`);
      assert.ok(cursor >= change.sequence);
      last = change.sequence;
      if (change.oldState === "WAITLISTED" && change.newState === "CONFIRMED") promoted.push(change.resource);
    }
  })();
  return {
    /** Of the guests in `queue`, `expected` were promoted, in this order. */
    async check(queue, expected) {
      await eventually(async () => assert.deepEqual(promoted.filter((name) => queue.includes(name)), expected));
      stop.abort();
      await following;
    },
  };
}

/** How both engines and both shapes must refuse. */
async function refusals(portal, owner, event) {
  const refused = async (call, code, reason) => {
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof ColloquyError, String(error));
      assert.deepEqual([error.code, error.reason], [code, reason], error.message);
      return true;
    });
  };
  const parent = event.name;
  const create = (registration) => portal.registrations.createRegistration({ parent, registration });
  await refused(create({ ...person(0), attendee: { email: "GUEST0@example.org" } }), "ALREADY_EXISTS", "ADDRESS_ALREADY_REGISTERED");
  await refused(create({ ...person(99), category: "press" }), "INVALID_ARGUMENT", "FIELD_INVALID");
  await refused(create({ ...person(99), attendee: { email: "" } }), "INVALID_ARGUMENT", "FIELD_REQUIRED");
  await refused(
    owner.events.updateEvent({
      event: { name: event.name, registration: { capacity: seats - 1 } },
      updateMask: { paths: ["registration.capacity"] },
    }),
    "FAILED_PRECONDITION",
    "CAPACITY_BELOW_TAKEN",
  );
  await refused(portal.events.cancelEvent({ name: event.name }), "PERMISSION_DENIED", "PERMISSION_DENIED");
  const tried = await portal.registrations.createRegistration({ parent, registration: person(100), validateOnly: true });
  assert.equal(Registration_State[tried.state], "WAITLISTED", "what validate_only would have given");
  await settled(owner, event, { CONFIRMED: seats, WAITLISTED: people - seats, CANCELLED: 0 });
}

await journey(async (t) => {
  const { setUp } = await startInstallation(t);
  const { organizer, partner, owner, portal } = await setUp("photonics");

  const draft = await owner.events.createEvent({ parent: organizer, eventId: "dialogue", event: plannedEvent });
  await assert.rejects(
    portal.registrations.createRegistration({ parent: draft.name, registration: person(0) }),
    (error) => error instanceof ColloquyError && ["FAILED_PRECONDITION", "PERMISSION_DENIED", "NOT_FOUND"].includes(error.code),
  );
  const event = await owner.events.publishEvent({ name: draft.name, etag: draft.etag });
  assert.equal(Event_State[event.state], "PUBLISHED");
  const watching = watch(owner, organizer, event);

  const registrations = await fillUp(portal, event);
  assert.ok(registrations.every((registration) => registration.partner === partner));
  await settled(owner, event, { CONFIRMED: seats, WAITLISTED: people - seats, CANCELLED: 0 });
  const queue = registrations.filter(({ state }) => state === WAITLISTED);
  await refusals(portal, owner, event);

  // The same request twice is one registration, also after an answer was lost.
  const requestId = "0f8fad5b-d9cb-469f-a165-70867728950e";
  const seat = registrations[3].name;
  const once = await portal.registrations.cancelRegistration({ name: seat, reason: "Ill.", requestId });
  const twice = await portal.registrations.cancelRegistration({ name: seat, reason: "Ill.", requestId });
  assert.equal(once.state, CANCELLED);
  assert.equal(twice.etag, once.etag);

  // Four more, of both categories: each seat goes to the first of its own category.
  const cancelled = [registrations[3], ...[6, 8, 11, 20].map((i) => registrations[i])];
  for (const { name } of cancelled.slice(1)) await portal.registrations.cancelRegistration({ name });
  await settled(owner, event, { CONFIRMED: seats, WAITLISTED: people - seats - 5, CANCELLED: 5 });
  const expected = [];
  for (const { category } of cancelled) {
    expected.push(queue.find((waiting) => waiting.category === category && !expected.includes(waiting)));
  }
  await eventually(async () => {
    for (const { name } of expected) {
      const { state, checkInCode } = await portal.registrations.getRegistration({ name });
      assert.equal(Registration_State[state], "CONFIRMED");
      assert.match(checkInCode, /^[0-9A-Z]{26}$/);
    }
  });

  // Seven seats more: three for industry, which is all who wait there, and four for research.
  const more = { industry: 3, research: 4 };
  await owner.events.updateEvent({
    event: {
      name: event.name,
      registration: { capacity: seats + more.industry + more.research },
      categories: Object.entries(quotas).map(([id, quota]) => ({ id, quota: quota + more[id], title: { texts: { en: id } } })),
    },
    updateMask: { paths: ["registration.capacity", "categories"] },
  });
  for (const waiting of queue.filter((registration) => !expected.includes(registration))) {
    if (more[waiting.category]-- > 0) expected.push(waiting);
  }
  const promotedCount = expected.length;
  await settled(owner, event, { CONFIRMED: seats + promotedCount - 5, WAITLISTED: people - seats - promotedCount, CANCELLED: 5 });
  const availability = await portal.registrations.explainAvailability({ event: event.name });
  const whole = availability.pools.find(({ pool }) => pool === "event");
  assert.deepEqual(
    [whole.size, whole.taken, whole.waiting],
    [BigInt(seats + 7), BigInt(seats + promotedCount - 5), BigInt(people - seats - promotedCount)],
  );

  await owner.events.cancelEvent({ name: event.name, reason: "The venue is flooded." });
  await settled(owner, event, { CONFIRMED: 0, WAITLISTED: 0, CANCELLED: people });
  await assert.rejects(
    portal.registrations.createRegistration({ parent: event.name, registration: person(200) }),
    (error) => error instanceof ColloquyError && error.reason === "REGISTRATION_CLOSED",
  );

  const names = (registrations) => registrations.map(({ name }) => name);
  await watching.check(names(queue), names(expected));
});
