// A dialogue as people have it in their browsers: a phone, a laptop in German, a projector, and one without scripts.
// They vote, write, speak and fill in ballots of every method; the server is killed once; the report is read at the end.
// COLLOQUY_E2E_PICTURES names a folder for screenshots.
import assert from "node:assert/strict";

import { VoteValue, items } from "@colloquy/sdk";

import { screens, startBrowser } from "../lib/browser.mjs";
import { commandLine } from "../lib/cli.mjs";
import { openSample, people, statements } from "../lib/conversation.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { eventually, journey } from "../lib/journey.mjs";

const hostile = '<img src=x onerror="alert(1)"><script>alert("x")</script> & we share the clean room';

async function takeSeat(visitor, joinUri, name) {
  await visitor.go(joinUri);
  await visitor.checkPage("join");
  await visitor.write("#display_name", name);
  await visitor.follow("#join button");
  await visitor.page.waitForSelector("#room.ready");
  return visitor.page.url();
}

/** The number of the participant whose seat this is. */
async function participantOf(seat) {
  const { participant } = await (await fetch(`${seat}/seat`)).json();
  return Number(participant.name.split("/").at(-1));
}

const votesOf = (visitor) => visitor.sees(() => Number(document.getElementById("votes").textContent.replace(/\D/g, "")));

/** Presses one of the buttons of the card, and gives the number of the statement that was voted on. */
async function vote(visitor, value) {
  const { number } = await visitor.sees(() => {
    const card = document.getElementById("card");
    return !card.hidden && !card.classList.contains("busy") && { number: Number(card.elements.statement.value) };
  });
  await visitor.press(`#card .${value}`);
  await visitor.sees((old) => {
    const card = document.getElementById("card");
    return card.hidden || (!card.classList.contains("busy") && Number(card.elements.statement.value) !== old);
  }, number);
  return number;
}

async function newestVotes(owner, name, participant) {
  const said = new Map();
  for await (const entry of items(owner.statements.listVotes, { parent: name, pageSize: 10000 })) {
    if (entry.participant === participant) said.set(entry.statement, entry.value);
  }
  return said;
}

const dots = (visitor) => visitor.page.$$eval(".dots .dot", (all) => all.map((each) => each.style.transform));

async function voteAndMove({ phone, projector, owner, name, ada }) {
  await projector.sees((least) => document.querySelectorAll(".dots .dot").length >= least, people);
  const before = { votes: await votesOf(projector), dots: await dots(projector) };
  const own = () => document.querySelector(".dot.me")?.style.transform;

  const said = new Map();
  for (let i = 0; i < 8; i++) said.set(await vote(phone, "agree"), VoteValue.AGREE);
  const first = await phone.sees(own);
  for (let i = 0; i < 8; i++) said.set(await vote(phone, "disagree"), VoteValue.DISAGREE);
  said.set(await vote(phone, "pass"), VoteValue.PASS);
  await phone.sees((old) => document.querySelector(".dot.me").style.transform !== old, first);
  await phone.sees(() => document.querySelector(".yours").textContent);
  assert.deepEqual(await newestVotes(owner, name, ada), said, "what was pressed is what is stored");

  await projector.sees((least) => Number(document.getElementById("votes").textContent.replace(/\D/g, "")) >= least, before.votes + said.size);
  assert.notDeepEqual((await dots(projector)).slice(0, before.dots.length), before.dots, "the map moved");

  // A change of mind, from the list of one's own votes.
  await phone.press("#yours summary");
  await phone.press("#yours-list li:first-child .plain-button");
  const changed = Number(await phone.page.$eval("#card input[name=statement]", (input) => input.value));
  await phone.press(`#card .${said.get(changed) === VoteValue.AGREE ? "disagree" : "agree"}`);
  await eventually(async () => assert.notEqual((await newestVotes(owner, name, ada)).get(changed), said.get(changed)));
  await phone.page.waitForSelector("#card:not(.busy)");
}

async function write({ phone, laptop, cli }) {
  await phone.write("#text", hostile);
  await phone.press("#write button");
  await phone.sees((count) => document.querySelectorAll("#mine-list li").length === count, 1);
  const undecided = await phone.text("#mine-list .tag");
  await cli.json("dialogues", "statements", "accept", `pilot-line/${statements}`);
  await phone.sees((old) => document.querySelector("#mine-list .tag").textContent !== old, undecided);

  // By keyboard, until there is nothing left: the phone's statement comes among the others, as text.
  const read = [];
  while (!(await laptop.page.$eval("#card", (card) => card.hidden))) {
    read.push(await laptop.text("#statement"));
    await laptop.page.keyboard.press(["a", "d", "p"][read.length % 3]);
    await laptop.sees((old) => document.getElementById("card").hidden || document.getElementById("statement").textContent !== old, read.at(-1));
  }
  await laptop.page.waitForSelector("#done", { visible: true });
  assert.ok(read.includes(hostile));
  assert.equal(new Set(read).size, statements + 1, "each once");
}

async function meet({ phone, laptop, projector, cli }) {
  await cli.json("dialogues", "start", "pilot-line");
  await cli.json("dialogues", "agenda", "add", "pilot-line", "--title", "Who builds it?", "--minutes", "20");
  await cli.json("dialogues", "agenda", "add", "pilot-line", "--title", "Who pays?", "--minutes", "10");
  await cli.json("dialogues", "agenda", "next", "pilot-line");
  await projector.reads("#clock #item", "Who builds it?");
  await projector.sees(() => /\b(20:00|19:\d\d)\b/.test(document.getElementById("time").textContent));
  await projector.reads("#next", "Who pays?");
  await phone.reads("#agenda", "Who builds it?");

  await phone.write("#topic", "Glass & <b>light</b>");
  await phone.press("#ask button");
  await phone.page.waitForSelector("#cancel", { visible: true });
  await projector.reads("#queue-list li", "Glass & <b>light</b>");
  await laptop.press("#kind-question");
  await laptop.press("#ask button");
  await projector.sees(() => document.querySelectorAll("#queue-list li").length === 2);
  await projector.checkPage("presenter with a queue");
  const waiting = await phone.text("#queue-now");
  await cli.json("dialogues", "speakers", "next", "pilot-line");
  await phone.sees((old) => document.getElementById("queue-now").textContent !== old, waiting);
  await cli.json("dialogues", "speakers", "begin", "pilot-line/1");
  await laptop.press("#cancel button");
  await laptop.page.waitForSelector("#ask", { visible: true });
  await cli.json("dialogues", "speakers", "end", "pilot-line/1");
  await projector.sees(() => document.querySelectorAll("#queue-list li").length === 0);
  await phone.page.waitForSelector("#ask", { visible: true });
}

const article = (number) => `article.poll:has([id^="option-${number}-"], .ranking, .pair)`;
const option = (number, each) => `#option-${number}-${each}`;

// How each method's form is filled in, and the ballot that must come of it.
const methods = [
  {
    method: "choice",
    more: ["--max-choices", "2"],
    fill: async (visitor, number) => {
      await visitor.press(option(number, 0));
      await visitor.press(option(number, 2));
      assert.ok(await visitor.page.$eval(option(number, 1), (input) => input.disabled), "two of three, and no third");
    },
    ballot: { entries: [[0, 1], [2, 1]] },
  },
  {
    method: "score",
    more: ["--max-score", "10"],
    fill: async (visitor, number) => {
      await visitor.write(option(number, 1), "7");
      await visitor.write(option(number, 2), "10");
    },
    ballot: { entries: [[1, 7], [2, 10]] },
  },
  {
    method: "dots",
    more: ["--dots", "6"],
    fill: async (visitor, number) => {
      await visitor.write(option(number, 0), "4");
      await visitor.write(option(number, 1), "2");
    },
    ballot: { entries: [[0, 4], [1, 2]] },
  },
  {
    method: "ranking",
    fill: async (visitor, number) => visitor.press(`${article(number)} .ranking li:first-child button:last-child`),
    ballot: { entries: [[1, 1], [0, 2], [2, 3]] },
  },
  {
    method: "pairwise",
    // Polymer before all, Glass before Silicon, in whatever order the pairs come.
    fill: async (visitor, number) => {
      for (let i = 0; i < 3; i++) {
        await visitor.page.$$eval(`${article(number)} .pair button.quiet`, (buttons) => {
          const order = ["Polymer", "Glass", "Silicon"];
          buttons.sort((a, b) => order.indexOf(a.textContent) - order.indexOf(b.textContent))[0].click();
        });
      }
    },
    ballot: { comparisons: ["0-2", "1-0", "1-2"] },
  },
  {
    method: "budget",
    more: ["--budget", "500", "--max-score", "5"],
    cost: "=300",
    fill: async (visitor, number) => visitor.write(option(number, 1), "5"),
    ballot: { entries: [[1, 5]] },
  },
];

function plain({ entries = [], comparisons = [] }) {
  if (comparisons.length > 0) return { comparisons: comparisons.map(({ winner = 0, loser = 0 }) => `${winner}-${loser}`).sort() };
  return { entries: entries.map(({ option = 0, value = 0 }) => [option, value]) };
}

async function poll({ laptop, phone, cli }) {
  for (const [i, { method, more = [], cost = "", fill, ballot }] of methods.entries()) {
    const number = i + 1;
    const options = ["Glass", "Polymer", "Silicon"].flatMap((text) => ["--option", text + cost]);
    await cli.json("dialogues", "polls", "create", "pilot-line", "--question", `By ${method}?`, "--method", method, ...options, ...more, "--open");
    await laptop.reads(".poll legend", `By ${method}?`);
    // The newest is on top.
    await laptop.page.$eval(".poll form", (form) => form.setAttribute("data-newest", ""));
    if (i === 0) {
      await laptop.press(".poll form button[type=submit]");
      await laptop.sees(() => document.querySelector(".poll [role=alert]").textContent);
    }
    await fill(laptop, number);
    await laptop.checkPage(`ballot ${method}`);
    await laptop.press(".poll form button[type=submit]");
    await laptop.page.waitForSelector(".poll:first-child .counted");
    await cli.json("dialogues", "polls", "close", `pilot-line/${number}`);
    await phone.sees((title) => {
      const shown = [...document.querySelectorAll("article.poll")].find((each) => each.textContent.includes(title));
      return shown?.querySelector("table.result tbody tr");
    }, `By ${method}?`);
    const cast = (await cli.json("dialogues", "polls", "ballots", `pilot-line/${number}`)).map(({ ballot }) => plain(ballot));
    assert.deepEqual(cast, [ballot], method);
  }
}

/** Forms work, live parts are not promised. */
async function withoutScript({ browser, joinUri, owner, name }) {
  const visitor = await browser.visit("reader", screens.smallPhone, { script: false });
  await visitor.go(joinUri);
  await visitor.follow("#join button");
  const card = () => visitor.page.$eval("#card input[name=statement]", (input) => Number(input.getAttribute("value")));
  const first = await card();
  await visitor.follow("#card .disagree");
  assert.notEqual(await card(), first);
  assert.deepEqual([...(await newestVotes(owner, name, await participantOf(visitor.page.url())))], [[first, VoteValue.DISAGREE]]);
  await visitor.page.type("#text", "Written without a script");
  await visitor.follow("#write button");
  await visitor.picture("without script");
  const { statements: written } = await owner.statements.listStatements({ parent: name, pageSize: 1000 });
  assert.ok(written.some(({ text }) => text === "Written without a script"));
}

/** Whoever opens the link again on the same device has the seat that they had. */
async function comeBack({ phone, joinUri, seat }) {
  await phone.go(joinUri);
  await phone.follow("#back button");
  assert.equal(phone.page.url(), seat);
  await phone.page.waitForSelector("#room.ready");
}

async function loseTheServer({ installation, phone, projector, owner, name, ada }) {
  for (const visitor of [phone, projector]) await visitor.page.waitForSelector("#live.on");
  const lost = [phone, projector].map((visitor) => visitor.sees(() => !document.getElementById("live").classList.contains("on")));
  await installation.crash();
  await Promise.all(lost);
  for (const visitor of [phone, projector]) await visitor.page.waitForSelector("#live.on");
  const before = await votesOf(projector);
  const number = await vote(phone, "agree");
  await projector.sees((least) => Number(document.getElementById("votes").textContent.replace(/\D/g, "")) > least, before);
  assert.equal((await newestVotes(owner, name, ada)).get(number), VoteValue.AGREE);
}

async function closeAndRead({ phone, projector, cli }) {
  await cli.json(
    ...["dialogues", "decisions", "add", "pilot-line", "--text", "We plan a shared pilot line"],
    ...["--rationale", "All camps want it.", "--statement", "0", "--statement", String(statements), "--poll", "4"],
  );
  await Promise.all([phone.page.waitForNavigation(), cli.json("dialogues", "close", "pilot-line", "--yes")]);
  assert.equal(await phone.page.$("#card"), null, "nothing to press");
  await projector.page.waitForSelector("#state", { visible: true });
  await projector.page.waitForSelector("#join", { hidden: true });
  await cli.json("dialogues", "publish", "pilot-line");
  await phone.page.reload();
  await phone.follow('a[href$="/report"]');
  await phone.checkPage("report");
  // From the decision to each statement with its votes.
  for (const number of [0, statements]) {
    await phone.press(`#decision-1 a[href="#statement-${number}"]`);
    const shown = await phone.sees(() => document.querySelector(":target")?.innerText);
    if (number === statements) assert.ok(shown.includes(hostile), "what people write is text");
  }
  await phone.picture("report whole", { fullPage: true });
}

await journey(async (t) => {
  const installation = await startInstallation(t);
  const browser = await startBrowser(t);
  const { owner, ownerKey } = await installation.setUp("demo");
  const cli = commandLine(installation.folder, installation.server, ownerKey, "demo");
  const name = await openSample(installation, cli, "pilot-line");
  const { joinUri, presenterUri } = await cli.json("dialogues", "links", "pilot-line");

  const projector = await browser.visit("projector", screens.projector);
  await projector.go(presenterUri);
  const phone = await browser.visit("phone", screens.phone, { dark: true });
  const seat = await takeSeat(phone, joinUri, "Ada");
  const laptop = await browser.visit("laptop", screens.laptop, { language: "de" });
  await takeSeat(laptop, joinUri, "Ben");
  assert.equal(await laptop.page.$eval("html", (html) => html.lang), "de");

  const all = { installation, browser, cli, owner, name, phone, laptop, projector, joinUri, seat, ada: await participantOf(seat) };
  await voteAndMove(all);
  await phone.checkPage("seat");
  await projector.checkPage("presenter");
  await write(all);
  await laptop.checkPage("all voted");
  await meet(all);
  await withoutScript(all);
  await poll(all);
  await phone.checkPage("results");
  for (const screen of [screens.smallProjector, screens.projector]) {
    await projector.page.setViewport(screen);
    await projector.sees(() => document.documentElement.scrollHeight <= document.documentElement.clientHeight);
    await projector.checkPage(`presenter ${screen.height}`);
  }
  await phone.page.setViewport(screens.smallPhone);
  await phone.checkPage("seat, small");
  await comeBack(all);
  await loseTheServer(all);
  await closeAndRead(all);
});
