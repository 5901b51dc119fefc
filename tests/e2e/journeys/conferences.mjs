// 889 real conferences become events; lists count like a plain script; every calendar file is read by two parsers.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Event_Mode, items, timestampMs } from "@colloquy/sdk";
import ICAL from "ical.js";

import { commandLine, run } from "../lib/cli.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { journey, needsFile } from "../lib/journey.mjs";
import { countryCodes, languageOf, mapRecord, readRecords } from "../map_conferences.mjs";

const here = fileURLToPath(new URL("..", import.meta.url));
const python = "/usr/bin/python3";
const recordCount = 889;

async function pythonJson(script, args, input = "") {
  const { code, stdout, stderr } = await run(python, [join(here, script), ...args], { input });
  assert.equal(code, 0, `${script}: ${stderr}`);
  return JSON.parse(stdout);
}

/** Gives the mapped records to `colloquy events import`, twice: the second time all is there already. */
async function importAll({ folder, server }, organizer, ownerKey, data) {
  const mapped = await run(process.execPath, [join(here, "map_conferences.mjs"), data]);
  assert.equal(mapped.code, 0, mapped.stderr);
  const { colloquy } = commandLine(folder, server, ownerKey, organizer);
  for (const words of [`${recordCount} created, 0 were there already`, `0 created, ${recordCount} were there already`]) {
    const { code, stdout, stderr } = await colloquy(["events", "import", "-"], { input: mapped.stdout });
    assert.equal(code, 0, `colloquy events import:\n${stderr}${stdout}`);
    assert.ok(stderr.includes(words), `"${words}" is not in:\n${stderr}`);
  }
}

// Enough to keep a server busy while each answer travels.
async function inParallel(tasks, work, workers = 8) {
  const rest = [...tasks];
  const worker = async () => {
    for (let task = rest.shift(); task !== undefined; task = rest.shift()) await work(task);
  };
  await Promise.all(Array.from({ length: workers }, worker));
}

/** By name, all that the organizer has, page by page. */
async function allEvents(owner, organizer) {
  const events = new Map();
  for await (const event of items(owner.events.listEvents, { parent: organizer, pageSize: 100 })) {
    assert.ok(!events.has(event.name), `${event.name} is listed twice`);
    events.set(event.name, event);
  }
  return events;
}

/** Every event is what its record says. */
function compareWithRecords(events, organizer, records) {
  assert.equal(events.size, recordCount);
  for (const { topic, record } of records) {
    const { id, event: mapped } = mapRecord(topic, record);
    const event = events.get(`${organizer}/events/${id}`);
    assert.ok(event, `${id} (${record.name}) is missing`);
    assert.deepEqual(Object.values(event.title.texts), [record.name]);
    assert.equal(Event_Mode[event.mode], mapped.mode, record.name);
    assert.deepEqual(event.languages, mapped.languages, record.name);
    assert.equal(event.venue?.address?.regionCode, mapped.venue?.address.regionCode, record.name);
    assert.equal(event.civilStart, mapped.civilStart, record.name);
    assert.equal(event.civilEnd, mapped.civilEnd, record.name);
    assert.equal(event.timeZone, mapped.timeZone, record.name);
    assert.deepEqual(event.annotations, mapped.annotations, record.name);
    // So that the months of UTC in compareCounts are those of the days in the data.
    assert.equal(new Date(timestampMs(event.startTime)).toISOString().slice(0, 7), record.startDate.slice(0, 7), record.name);
  }
}

/** The moments that the server made of the civil times, on clocks that somebody else reads. */
async function compareClocks(events) {
  const moments = [...events.values()].flatMap(({ timeZone, startTime, endTime, civilStart, civilEnd }) => [
    { asked: [timeZone, timestampMs(startTime) / 1000], civil: civilStart },
    { asked: [timeZone, timestampMs(endTime) / 1000], civil: civilEnd },
  ]);
  const shown = await pythonJson("read_clocks.py", [], JSON.stringify(moments.map(({ asked }) => asked)));
  moments.forEach(({ asked, civil }, i) => assert.equal(shown[i], civil, asked[0]));
}

async function compareCounts(owner, organizer, plain) {
  const count = async (filter) => {
    let found = 0;
    for await (const event of items(owner.events.listEvents, { parent: organizer, filter, pageSize: 50 })) {
      assert.ok(event.name.startsWith(organizer));
      found++;
    }
    return found;
  };
  for (const [country, expected] of Object.entries(plain.country)) {
    assert.equal(await count(`country = "${countryCodes[country]}"`), expected, `events in ${country}`);
  }
  // Two spellings of one language are one to the server.
  const byLanguage = new Map();
  for (const [tag, expected] of Object.entries(plain.language)) {
    byLanguage.set(languageOf(tag), (byLanguage.get(languageOf(tag)) ?? 0) + expected);
  }
  for (const [language, expected] of byLanguage) {
    assert.equal(await count(`languages:${language}`), expected, `events in the language ${language}`);
  }
  for (const [month, expected] of Object.entries(plain.month)) {
    const [year, number] = month.split("-").map(Number);
    const from = new Date(Date.UTC(year, number - 1, 1)).toISOString();
    const to = new Date(Date.UTC(year, number, 1)).toISOString();
    assert.equal(await count(`start_time >= "${from}" AND start_time < "${to}"`), expected, `events in ${month}`);
  }
  const germanTalks = await count('country = "DE" AND languages:de AND start_time >= "2024-07-01T00:00:00Z"');
  assert.ok(germanTalks > 0 && germanTalks < plain.country.Germany, `${germanTalks} of several conditions`);
}

/** One file for each event, one for all, and one without any. */
async function exportCalendars(owner, organizer, events, folder) {
  await mkdir(folder);
  const names = [...events.keys()];
  const save = async (file, request, expected) => {
    const { content, contentType, eventCount } = await owner.events.exportCalendar({ parent: organizer, ...request });
    assert.equal(contentType, "text/calendar; charset=utf-8");
    assert.equal(eventCount, expected, file);
    await writeFile(join(folder, file), content);
  };
  await save("all.ics", {}, recordCount);
  await save("none.ics", { filter: 'country = "AQ"' }, 0);
  const single = names.map((name, i) => ({ file: `event-${i}.ics`, name }));
  await inParallel(single, ({ file, name }) => save(file, { names: [name] }, 1));
  const files = new Map(single.map(({ file, name }) => [file, [name]]));
  return files.set("all.ics", names).set("none.ics", []);
}

/** What ical.js reads in a file, in the form of read_calendars.py. */
function readWithIcalJs(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  assert.equal(calendar.name, "vcalendar");
  const seconds = (time) => {
    assert.ok(!time.isDate && time.zone !== ICAL.Timezone.localTimezone, "a moment with a zone");
    return time.toUnixTime();
  };
  return calendar.getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    return { uid: event.uid, summary: event.summary, start: seconds(event.startDate), end: seconds(event.endDate) };
  });
}

async function checkCalendars(files, events, folder) {
  const read = await pythonJson("read_calendars.py", [folder]);
  const order = (a, b) => (a.uid < b.uid ? -1 : 1);
  for (const [file, names] of files) {
    const expected = names.map((name) => events.get(name)).map((event) => ({
      summary: Object.values(event.title.texts)[0],
      start: timestampMs(event.startTime) / 1000,
      end: timestampMs(event.endTime) / 1000,
    }));
    const text = await readFile(join(folder, file), "utf8");
    const loose = text.match(/.{0,80}[^\r]\n.{0,40}/s);
    assert.equal(loose, null, `${file} has a line end that is not CRLF: ${JSON.stringify(loose?.[0])}`);
    for (const line of text.split("\r\n")) assert.ok(Buffer.byteLength(line) <= 75, `${file}: ${line}`);
    const [first, second] = [read[file].sort(order), readWithIcalJs(text).sort(order)];
    assert.deepEqual(second, first, `${file} is read differently by ical.js`);
    assert.equal(new Set(first.map(({ uid }) => uid)).size, names.length, `${file}: uids`);
    const key = ({ summary, start, end }) => `${start} ${end} ${summary}`;
    assert.deepEqual(first.map(key).sort(), expected.map(key).sort(), file);
  }
}

await journey(async (t) => {
  const data = join(process.env.COLLOQUY_TEST_DATA, "events");
  needsFile(data);
  const parser = await run(python, ["-c", "import icalendar"]);
  if (parser.code !== 0) needsFile("icalendar for Python (Debian's python3-icalendar)");
  const records = readRecords(data);
  assert.equal(records.length, recordCount);

  const installation = await startInstallation(t);
  const { organizer, owner, ownerKey } = await installation.setUp("conferences");
  await importAll(installation, organizer, ownerKey, data);
  const events = await allEvents(owner, organizer);
  compareWithRecords(events, organizer, records);
  await compareClocks(events);
  await compareCounts(owner, organizer, await pythonJson("count_conferences.py", [data]));

  const folder = join(installation.folder, "calendars");
  const files = await exportCalendars(owner, organizer, events, folder);
  await checkCalendars(files, events, folder);
});
