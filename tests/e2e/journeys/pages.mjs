// The public's way: events that an organizer published, as pages in three languages and as calendar feeds.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import ICAL from "ical.js";

import { commandLine, run } from "../lib/cli.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { journey } from "../lib/journey.mjs";

const year = new Date().getUTCFullYear() + 1;
const here = new URL("..", import.meta.url).pathname;

/** What two parsers that nobody here wrote read in a feed; they must agree. */
async function readFeed(folder, name, text) {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, "feed.ics"), text);
  const { code, stdout, stderr } = await run(join(here, "read_calendars.py"), [join(folder, name)]);
  assert.equal(code, 0, stderr);
  const first = JSON.parse(stdout)["feed.ics"];
  const second = new ICAL.Component(ICAL.parse(text)).getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    return {
      uid: event.uid,
      summary: event.summary,
      start: event.startDate.toUnixTime(),
      end: event.endDate.toUnixTime(),
    };
  });
  const order = (a, b) => (a.uid < b.uid ? -1 : 1);
  assert.deepEqual(first.sort(order), second.sort(order));
  return first;
}

await journey(async (t) => {
  const installation = await startInstallation(t);
  const { web, folder } = installation;
  const { ownerKey } = await installation.setUp("demo");
  const cli = commandLine(folder, installation.servers.events, ownerKey, "demo");
  const create = (id, title, ...more) =>
    cli.json(
      ...["events", "create", id, "--title", title, "--kind", "workshop", "--mode", "in-person"],
      ...["--zone", "Europe/Berlin", "--start", `${year}-05-06T10:00`, "--end", `${year}-05-06T16:00`],
      ...["--country", "DE", "--city", "Jena", ...more],
    );
  await create("sensors", "Sensors <b>& light", "--title", "de=Sensorik");
  await create("draft", "Not yet");
  await cli.json("events", "publish", "sensors");

  const get = (path, headers = {}) => fetch(web + path, { headers, redirect: "manual" });
  const page = async (path, headers) => {
    const answer = await get(path, headers);
    assert.equal(answer.status, 200, path);
    assert.match(answer.headers.get("content-security-policy"), /default-src 'none'/);
    return answer.text();
  };
  const english = await page("/e/demo/sensors", { "accept-language": "en" });
  assert.ok(english.includes("<h1>Sensors &lt;b&gt;&amp; light</h1>"), english);
  assert.ok(english.includes(`6 May ${year}`) && english.includes("Jena") && english.includes("Organizer demo"));
  assert.ok((await page("/e/demo/sensors", { "accept-language": "de-AT" })).includes("<h1>Sensorik</h1>"));
  for (const path of ["/", "/o/demo"]) {
    const list = await page(path);
    assert.ok(list.includes("/e/demo/sensors") && !list.includes("Not yet"), `${path}: ${list}`);
  }
  // A draft is no more to be seen than what was never made.
  for (const path of ["/e/demo/draft", "/e/demo/draft.ics", "/e/demo/none", "/o/nobody", "/nowhere"]) {
    assert.equal((await get(path)).status, 404, path);
  }

  const start = Date.UTC(year, 4, 6, 8) / 1000;
  for (const [name, path] of [["event", "/e/demo/sensors.ics"], ["organizer", "/o/demo.ics"]]) {
    const answer = await get(path, { "accept-language": "de" });
    assert.equal(answer.headers.get("content-type"), "text/calendar; charset=utf-8");
    const tag = answer.headers.get("etag");
    const [{ summary, start: begins, end }, ...others] = await readFeed(folder, name, await answer.text());
    assert.deepEqual([summary, begins, end, others], ["Sensorik", start, start + 6 * 3600, []]);
    assert.equal((await get(path, { "accept-language": "de", "if-none-match": tag })).status, 304);
  }

  // Called off: the page says so, and so does the feed, to whoever subscribed to it.
  await cli.json("events", "cancel", "sensors", "--reason", "Strike", "--yes");
  assert.ok((await page("/e/demo/sensors")).includes("This event has been cancelled"));
  assert.match(await (await get("/e/demo/sensors.ics")).text(), /STATUS:CANCELLED/);
});
