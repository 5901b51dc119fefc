// The organiser's main job: a messy guest list becomes invitations, mails go out, guests answer, seats fill.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { domainToASCII } from "node:url";

import { Invitation_State, items, Registration_State } from "@colloquy/sdk";
import ICAL from "ical.js";

import { commandLine } from "../lib/cli.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { eventually, journey, needsFile } from "../lib/journey.mjs";
import { startMailServer } from "../lib/mail.mjs";

const seats = 20;
const accepting = 30;
const declining = 10;
const year = new Date().getUTCFullYear() + 1;
const guests = join(process.env.COLLOQUY_TEST_DATA, "guests");

async function expectedGuests() {
  const records = JSON.parse(await readFile(join(guests, "expected.json"), "utf8"));
  return records.filter(({ verdict }) => verdict === "accept").map(({ address }) => address);
}

// The domain of an address is sent as an A-label; what the sink got is compared by that.
const folded = (address) => {
  const [local, domain] = address.toLowerCase().split("@");
  return `${local}@${domainToASCII(domain)}`;
};

/** What the second parser makes of a calendar must be what the first one made of it. */
function readAgain({ text, method, uid, sequence, attendee, organizer, start, end }) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  const [event, ...others] = calendar.getAllSubcomponents("vevent");
  assert.deepEqual(others, []);
  const value = (name) => event.getFirstPropertyValue(name);
  const seconds = (name) => value(name).toUnixTime();
  assert.deepEqual(
    [calendar.getFirstPropertyValue("method"), value("uid"), value("sequence"), value("attendee"), value("organizer")],
    [method, uid, sequence, attendee, organizer],
  );
  assert.deepEqual([seconds("dtstart"), seconds("dtend")], [start, end]);
}

function checkMail(mail, web) {
  const { headers, calendar, envelope, to, text, html } = mail;
  assert.deepEqual(mail.types, [
    "multipart/mixed",
    "multipart/alternative",
    "text/plain",
    "text/html",
    "text/calendar",
    "application/ics",
  ]);
  assert.deepEqual(to.map(folded), envelope.to.map(folded), "one recipient, the same in the envelope");
  for (const name of ["date", "message-id", "from", "reply-to", "subject"]) assert.ok(headers[name], `no ${name}`);
  assert.equal(headers["auto-submitted"], "auto-generated");
  assert.equal(headers["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
  assert.match(headers["list-unsubscribe"], /<mailto:[^>]+>/);
  assert.equal(headers.bcc, undefined);
  assert.equal(calendar.method, "REQUEST");
  assert.equal(calendar.partstat, "NEEDS-ACTION");
  assert.equal(calendar.rsvp, "TRUE");
  assert.equal(folded(calendar.attendee), `mailto:${folded(to[0])}`);
  readAgain(calendar);
  const link = linkOf(mail, web);
  assert.ok(html.includes(link) && text.includes(link), "the link is in both bodies");
  assert.ok(!calendar.text.replaceAll(/\r?\n /g, "").includes(link), "calendars are shared, so the link is not in them");
  assert.ok(!/<img[^>]+https?:/i.test(html), "no pixel");
}

const linkOf = ({ text }, web) => {
  const found = text.match(new RegExp(`${web}/i/[A-Za-z0-9_-]+`));
  assert.ok(found, `no link in:\n${text}`);
  return found[0];
};
const unsubscribeOf = ({ headers }) => headers["list-unsubscribe"].match(/<(http[^>]+)>/)[1];

/** Sends the form as a browser without JavaScript would; gives the page that it leads to. */
async function submit(address, fields = {}) {
  const answer = await fetch(address, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
  assert.equal(answer.status, 303, await answer.text());
  const page = await fetch(new URL(answer.headers.get("location"), address));
  assert.equal(page.status, 200);
  return page.text();
}

async function statesOf(owner, parent) {
  const states = new Map();
  for await (const { guest, state } of items(owner.invitations.listInvitations, { parent, pageSize: 500 })) {
    states.set(folded(guest.email), Invitation_State[state]);
  }
  return states;
}

await journey(async (t) => {
  needsFile(join(guests, "guests-excel-de.csv"));
  const mailServer = await startMailServer(t, "--busy-every", "50");
  const installation = await startInstallation(t, {
    options: [`--mail-relay=smtp://${mailServer.address}`, "--mail-tls=off", "--mail-from=office@dialogue.example.org"],
  });
  const { web } = installation;
  const { organizer, owner, ownerKey } = await installation.setUp("demo");
  const cli = commandLine(installation.folder, installation.servers.registrations, ownerKey, "demo");
  const eventsCli = commandLine(installation.folder, installation.servers.events, ownerKey, "demo");
  await eventsCli.json(
    ...["events", "create", "dialogue", "--title", "Sensors dialogue", "--title", "de=Sensorik-Dialog"],
    ...["--kind", "research-dialogue", "--mode", "in-person", "--zone", "Europe/Berlin"],
    ...["--start", `${year}-05-06T10:00`, "--end", `${year}-05-06T16:00`, "--country", "DE", "--city", "Jena"],
    ...["--capacity", String(seats), "--waiting-list", "strict"],
  );
  await eventsCli.json("events", "publish", "dialogue");
  const event = `${organizer}/events/dialogue`;

  // Two commands from the list to sent mails.
  const expected = await expectedGuests();
  const imported = await cli.colloquy(["invitations", "import", "dialogue", join(guests, "guests-excel-de.csv"), "--yes"]);
  // Records were rejected, which has an exit code of its own.
  assert.notEqual(imported.stdout + imported.stderr, "");
  const sent = await cli.colloquy(["invitations", "send", "dialogue", "--wait", "--yes"]);
  assert.equal(sent.code, 0, sent.stderr + sent.stdout);

  const mails = await mailServer.mails();
  const recipients = mails.map(({ to }) => folded(to[0]));
  assert.deepEqual([...recipients].sort(), expected.map(folded).sort(), "one mail for each guest that could be invited");
  for (const mail of mails) checkMail(mail, web);
  assert.equal(new Set(mails.map(({ headers }) => headers["message-id"])).size, mails.length);
  assert.equal(new Set(mails.map(({ envelope }) => envelope.from)).size, mails.length, "the envelope sender tells bounces apart");
  assert.ok(mails.some(({ headers }) => headers.subject.includes("Sensorik-Dialog")), "some are in German");
  assert.ok(mails.some(({ headers }) => headers.subject.includes("Sensors dialogue")), "others in English");

  // Mail scanners follow links.
  for (const mail of mails.slice(0, accepting + declining)) {
    const page = await fetch(linkOf(mail, web));
    assert.equal(page.status, 200);
    assert.equal(page.headers.get("cache-control"), "no-store");
    assert.match(page.headers.get("content-security-policy"), /default-src 'none'/);
    assert.equal((await fetch(linkOf(mail, web), { method: "HEAD" })).status, 200);
  }
  assert.deepEqual(new Set((await statesOf(owner, event)).values()), new Set(["SENT"]), "looking changes nothing");

  const accepted = mails.slice(0, accepting);
  for (const mail of accepted) await submit(`${linkOf(mail, web)}/accept`, { party_size: "1" });
  for (const mail of mails.slice(accepting, accepting + declining)) {
    await submit(`${linkOf(mail, web)}/decline`, { reason: "On a journey" });
  }
  // Twice is once.
  await submit(`${linkOf(mails[0], web)}/accept`, { party_size: "1" });

  const registered = [];
  for await (const registration of items(owner.registrations.listRegistrations, { parent: event, pageSize: 500 })) {
    registered.push(registration);
  }
  assert.deepEqual(
    registered.map(({ attendee, state }) => [folded(attendee.email), Registration_State[state]]),
    accepted.map(({ to }, i) => [folded(to[0]), i < seats ? "CONFIRMED" : "WAITLISTED"]),
    "seats in the order of answers, then the queue in the same order",
  );
  const waiting = registered.slice(seats);
  for (const [i, { name }] of waiting.entries()) {
    assert.equal((await owner.registrations.getRegistration({ name })).waitingPosition, i + 1);
  }
  const states = await statesOf(owner, event);
  const counts = {};
  for (const state of states.values()) counts[state] = (counts[state] ?? 0) + 1;
  assert.deepEqual(counts, { ACCEPTED: accepting, DECLINED: declining, SENT: expected.length - accepting - declining });

  // One click, as a mail client does it, and the organizer cannot write to them any more.
  const leaving = mails.at(-1);
  const click = await fetch(unsubscribeOf(leaving), {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "List-Unsubscribe=One-Click",
    redirect: "manual",
  });
  assert.ok(click.status === 200 || click.status === 303, `one-click unsubscription was answered ${click.status}`);
  assert.equal((await statesOf(owner, event)).get(folded(leaving.to[0])), "OPTED_OUT");
  const suppressed = await cli.json("suppressions", "list");
  assert.deepEqual(suppressed.map(({ email }) => folded(email)), [folded(leaving.to[0])]);

  // A link opens its invitation and nothing else; guessing gets nowhere.
  const forged = linkOf(mails[0], web).replace(/.$/, (last) => (last === "A" ? "B" : "A"));
  assert.ok([403, 404].includes((await fetch(forged)).status));
  // The unsubscribe link's token accepts nothing.
  const acceptance = { method: "POST", body: new URLSearchParams({ party_size: "1" }), redirect: "manual" };
  const refused = await fetch(`${unsubscribeOf(leaving).replace("/u/", "/i/")}/accept`, acceptance);
  assert.ok([403, 404].includes(refused.status), `accepting with an unsubscribe token: ${refused.status}`);

  await eventually(async () => {
    const { differences } = await owner.registrations.verifySeats({ event });
    assert.deepEqual(differences, []);
  });
  const deliveries = await cli.json("deliveries", "list", "dialogue", "--all");
  assert.deepEqual(new Set(deliveries.map(({ state }) => state)), new Set(["SENT"]));
});
