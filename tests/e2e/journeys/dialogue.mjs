// A dialogue from an imported conversation to a report whose decisions lead back to the votes: two people with seats,
// a moderator on the command line, a meeting, polls, a killed server, and an export that is imported again.
// COLLOQUY_CRASH_ROUNDS sets how often the server is killed (2).
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { Ballot_EntrySchema, items, Statement_State, VoteValue } from "@colloquy/sdk";

import { commandLine } from "../lib/cli.mjs";
import { openSample } from "../lib/conversation.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { eventually, journey } from "../lib/journey.mjs";

const rounds = Number(process.env.COLLOQUY_CRASH_ROUNDS ?? 2);
const hostile = '<script>alert("x")</script> & we share the clean room';

/** Rejects with this reason of the contract. */
const refused = (promise, reason) =>
  assert.rejects(promise, (error) => assert.equal(error.reason, reason, error.message) ?? true);

/** Follows a room as a browser does, through lost connections, and keeps what it saw. */
function follow(seats, token) {
  const room = { statements: new Map(), polls: new Map(), opinion: undefined, resets: 0, over: false };
  const end = new AbortController();
  const numberOf = (name) => Number(name.split("/").at(-1));
  const take = (update) => {
    if (update.reset) {
      room.statements.clear();
      room.polls.clear();
      room.resets++;
    }
    for (const statement of update.statements) room.statements.set(numberOf(statement.name), statement);
    for (const tally of update.tallies) {
      const statement = room.statements.get(tally.statement);
      if (statement) statement.tally = tally;
    }
    for (const poll of update.polls) room.polls.set(numberOf(poll.name), poll);
    for (const name of update.deleted) if (name.includes("/statements/")) room.statements.delete(numberOf(name));
    room.opinion = update.opinion ?? room.opinion;
    room.cursor = update.cursor;
  };
  room.done = (async () => {
    while (!end.signal.aborted) {
      try {
        for await (const update of seats.watchRoom({ token, cursor: room.cursor ?? "" }, { signal: end.signal })) take(update);
      } catch (error) {
        if (!end.signal.aborted && !["UNAVAILABLE", "CANCELLED", 14, 1].includes(error.code)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  })();
  room.leave = () => {
    end.abort();
    return room.done;
  };
  return room;
}

const agreesIn = (room, number) => room.statements.get(number)?.tally?.agreeCount ?? 0;

/** Somebody who has the dialogue's link takes a seat. */
async function takeSeat(client, joinToken, displayName, stakeholderType) {
  const seatId = randomUUID();
  const { token, participant } = await client.seats.join({ joinToken, seatId, displayName, stakeholderType });
  const again = await client.seats.join({ joinToken, seatId });
  assert.equal(again.participant.name, participant.name, "the same seat when the answer was lost");
  return { token, name: participant.name, number: Number(participant.name.split("/").at(-1)), seats: client.seats };
}

async function vote({ ada, ben, room, cli }) {
  const before = agreesIn(room, 0);
  await ada.seats.castVote({ token: ada.token, statement: 0, value: VoteValue.AGREE });
  await ben.seats.castVote({ token: ben.token, statement: 0, value: VoteValue.AGREE });
  await eventually(() => assert.equal(agreesIn(room, 0), before + 2));
  await ben.seats.castVote({ token: ben.token, statement: 0, value: VoteValue.DISAGREE });
  await eventually(() => assert.equal(agreesIn(room, 0), before + 1));
  await eventually(() => assert.ok(room.opinion?.positions.some(({ participant }) => participant === ada.number), "Ada is on the map"));

  const { statement, remainingCount } = await ada.seats.nextStatement({ token: ada.token });
  assert.ok(!statement.name.endsWith("/0"), "not what was answered");
  assert.equal(remainingCount, 39);

  await refused(ada.seats.castVote({ token: ada.token, statement: 4711, value: VoteValue.AGREE }), "RESOURCE_NOT_FOUND");
  await refused(ada.seats.writeStatement({ token: ada.token, text: "x".repeat(1001) }), "FIELD_INVALID");
  await refused(ada.seats.writeStatement({ token: ada.token, text: "turned \u202e round" }), "FIELD_INVALID");
  await refused(ada.seats.castVote({ token: `${ada.token.slice(0, -4)}AAAA`, statement: 1, value: VoteValue.AGREE }), "PERMISSION_DENIED");

  // Moderation comes before showing here.
  const own = await ada.seats.writeStatement({ token: ada.token, text: hostile });
  const other = await ben.seats.writeStatement({ token: ben.token, text: "Nobody needs this" });
  const numbers = [own, other].map(({ name }) => Number(name.split("/").at(-1)));
  await refused(ben.seats.castVote({ token: ben.token, statement: numbers[0], value: VoteValue.AGREE }), "STATE_INVALID");
  await cli.json("dialogues", "statements", "accept", `pilot-line/${numbers[0]}`);
  await cli.json("dialogues", "statements", "reject", `pilot-line/${numbers[1]}`, "--reason", "Off the topic");
  await eventually(() => assert.equal(room.statements.get(numbers[0])?.text, hostile));
  assert.ok(!room.statements.has(numbers[1]));
  await ben.seats.castVote({ token: ben.token, statement: numbers[0], value: VoteValue.AGREE });
  await refused(ada.seats.castVote({ token: ada.token, statement: numbers[1], value: VoteValue.AGREE }), "STATE_INVALID");
  const seat = await ben.seats.getSeat({ token: ben.token });
  assert.equal(seat.statements[0].state, Statement_State.REJECTED);
  assert.equal(seat.statements[0].reason, "Off the topic");
  return numbers[0];
}

async function meet({ ada, ben, cli }) {
  await refused(ada.seats.askToSpeak({ token: ada.token }), "STATE_INVALID");
  await cli.json("dialogues", "start", "pilot-line");
  await cli.json("dialogues", "agenda", "add", "pilot-line", "--title", "Welcome", "--minutes", "5");
  await cli.json("dialogues", "agenda", "add", "pilot-line", "--title", "Who builds it?", "--minutes", "20");
  await cli.json("dialogues", "agenda", "next", "pilot-line");
  const second = await cli.json("dialogues", "agenda", "next", "pilot-line");
  assert.deepEqual([second.title, second.state], ["Who builds it?", "RUNNING"]);
  assert.deepEqual(
    (await cli.json("dialogues", "agenda", "list", "pilot-line")).map(({ state }) => state),
    ["FINISHED", "RUNNING"],
  );

  const first = await ada.seats.askToSpeak({ token: ada.token, topic: "Who pays" });
  assert.equal((await ben.seats.askToSpeak({ token: ben.token })).position, 2);
  const called = await cli.json("dialogues", "speakers", "next", "pilot-line");
  assert.equal(called.name, first.name);
  assert.equal((await ada.seats.askToSpeak({ token: ada.token })).name, first.name, "one wish at a time");
  await cli.json("dialogues", "speakers", "begin", "pilot-line/1");
  await ben.seats.cancelSpeaking({ token: ben.token });
  await cli.json("dialogues", "speakers", "end", "pilot-line/1");
  assert.deepEqual(
    (await cli.json("dialogues", "speakers", "list", "pilot-line")).map(({ state }) => state).sort(),
    ["SPOKEN", "WITHDRAWN"],
  );
}

const ranking = (...options) => ({ entries: options.map((option, i) => ({ $typeName: Ballot_EntrySchema.typeName, option, value: i + 1 })) });

async function poll({ ada, ben, room, cli }) {
  const question = ["dialogues", "polls", "create", "pilot-line", "--question", "What first?", "--method", "ranking"];
  const anonymous = [...question, "--option", "Glass", "--option", "Polymer", "--option", "Silicon", "--anonymous", "--open"];
  assert.equal((await cli.json(...anonymous)).state, "OPEN");
  await eventually(() => assert.ok(room.polls.has(1)));
  const cast = await ada.seats.castBallot({ token: ada.token, poll: 1, ballot: ranking(1, 0, 2) });
  assert.equal(cast.poll.result, undefined, "hidden until it is closed");
  await ben.seats.castBallot({ token: ben.token, poll: 1, ballot: ranking(1, 2, 0) });
  await refused(ben.seats.castBallot({ token: ben.token, poll: 1, ballot: ranking(0, 1) }), "BALLOT_CAST");
  const seat = await ben.seats.getSeat({ token: ben.token });
  assert.deepEqual([seat.votedPolls, seat.ballots], [[1], {}], "that, not what");
  await eventually(() => assert.equal(room.polls.get(1).ballotCount, 2));
  await cli.json("dialogues", "polls", "close", "pilot-line/1");
  await eventually(() => assert.equal(room.polls.get(1).result?.standings[0].option, 1));
  for (const ballot of await cli.json("dialogues", "polls", "ballots", "pilot-line/1")) assert.equal(ballot.participant, undefined);
}

/** A decision that records how its statements stand, and an action for it. */
async function decide({ cli, owner, name }) {
  const decision = await cli.json(
    ...["dialogues", "decisions", "add", "pilot-line", "--text", "We plan a shared pilot line"],
    ...["--rationale", "All camps want it.", "--statement", "0", "--statement", "2", "--poll", "1", "--item", "2"],
  );
  const { statements } = await owner.statements.listStatements({ parent: name, pageSize: 1000 });
  for (const support of decision.support) {
    const { tally } = statements.find((statement) => statement.name === support.statement);
    assert.deepEqual([support.all.agreeCount, support.all.disagreeCount], [tally.agreeCount, tally.disagreeCount]);
    assert.equal(support.groups.length, 3);
    const inGroups = support.groups.reduce((sum, { agreeCount }) => sum + (agreeCount ?? 0), 0);
    assert.ok(inGroups <= tally.agreeCount && inGroups >= tally.agreeCount - 2, "everybody is in a group, but who just came");
  }
  const action = ["dialogues", "actions", "add", "pilot-line", "--title", "Write the plan", "--owner", "Cleo", "--decision", "1"];
  await cli.json(...action, "--due", "2099-03-31");
  const { stdout } = await cli.colloquy(["dialogues", "actions", "list"]);
  assert.match(stdout, /2099-03-31/);
  await cli.json("dialogues", "actions", "update", "pilot-line/1", "--progress", "50");
  assert.equal((await cli.json("dialogues", "decisions", "show", "pilot-line/1")).progressPercent, 50);
  return decision;
}

/** Every acknowledged vote is in the log once, with what was said, and the tallies are those of the log. */
async function survive({ installation, owner, ada, room, name }) {
  for (let round = 0; round < rounds; round++) {
    const acknowledged = [];
    let over = false;
    const voting = (async () => {
      for (let i = 0; !over; i++) {
        const said = { statement: i % 40, value: 1 + ((i + round) % 3) };
        const answer = await ada.seats.castVote({ token: ada.token, ...said }, { timeout: 500 }).catch(() => undefined);
        if (answer) acknowledged.push({ ...said, sequence: answer.sequence });
      }
    })();
    await eventually(() => assert.ok(acknowledged.length > 50));
    await installation.crash();
    const sofar = acknowledged.length;
    await eventually(() => assert.ok(acknowledged.length > sofar, "votes go on"));
    over = true;
    await voting;

    const log = new Map();
    for await (const entry of items(owner.statements.listVotes, { parent: name, pageSize: 10000 })) {
      assert.ok(!log.has(entry.sequence), "a place in the log is one vote's");
      log.set(entry.sequence, entry);
    }
    assert.equal(log.size, Number([...log.keys()].at(-1)), "without gaps");
    for (const { sequence, statement, value } of acknowledged) {
      const { participant, ...stored } = log.get(sequence);
      assert.deepEqual([participant, stored.statement, stored.value], [ada.number, statement, value]);
    }
    const newest = new Map();
    for (const { participant, statement, value } of log.values()) newest.set(`${participant}/${statement}`, { statement, value });
    const { statements } = await owner.statements.listStatements({ parent: name, pageSize: 1000 });
    for (const { name: statement, tally } of statements) {
      const number = Number(statement.split("/").at(-1));
      const agrees = [...newest.values()].filter((entry) => entry.statement === number && entry.value === VoteValue.AGREE).length;
      assert.equal(tally?.agreeCount ?? 0, agrees, `agreement with ${number}`);
      // The stream went on where it was.
      if (room.statements.has(number)) await eventually(() => assert.equal(agreesIn(room, number), agrees));
    }
  }
}

async function publish({ installation, cli, ada, decision }) {
  const closing = await cli.colloquy(["dialogues", "close", "pilot-line"]);
  assert.equal(closing.code, 2, "asks first");
  assert.match(closing.stderr, /--yes/);
  await refused(ada.seats.readReport({ token: ada.token }), "STATE_INVALID");
  assert.equal((await cli.json("dialogues", "close", "pilot-line", "--yes")).state, "CLOSED");
  await refused(ada.seats.castVote({ token: ada.token, statement: 1, value: VoteValue.AGREE }), "STATE_INVALID");
  assert.equal((await cli.json("dialogues", "publish", "pilot-line")).state, "PUBLISHED");

  const file = join(installation.folder, "report.html");
  const { code, stderr } = await cli.colloquy(["dialogues", "report", "pilot-line", "--to", file]);
  assert.equal(code, 0, stderr);
  const html = await readFile(file, "utf8");
  assert.ok(html.includes(`as they stood after vote ${decision.voteSequence}`));
  for (const words of ["We plan a shared pilot line", "All camps want it.", "Write the plan", "Who builds it?", "What first?", "Off the topic"])
    assert.ok(html.includes(words), words);
  assert.ok(!html.includes("<script>alert"), "what people write is text");
  assert.ok(html.includes("&lt;script&gt;alert"));
  const read = Buffer.from((await ada.seats.readReport({ token: ada.token })).data).toString();
  assert.ok(read.includes("We plan a shared pilot line"));
}

/** What others' tools read, read again: the same people in the same groups. */
async function roundTrip({ installation, cli }) {
  const folder = join(installation.folder, "exported");
  const exported = await cli.colloquy(["dialogues", "export", "pilot-line", folder]);
  assert.equal(exported.code, 0, exported.stderr);
  const imported = await cli.colloquy(["dialogues", "import", folder, "--as", "again"]);
  assert.equal(imported.code, 0, imported.stderr);
  const groupsOf = async (id) => {
    const { positions } = await cli.json("dialogues", "analyse", id);
    return positions.map(({ participant, group }) => [participant ?? 0, group ?? 0]).sort(([a], [b]) => a - b);
  };
  assert.deepEqual(await groupsOf("again"), await groupsOf("pilot-line"));
}

await journey(async (t) => {
  const installation = await startInstallation(t);
  const { owner, ownerKey } = await installation.setUp("demo");
  const cli = commandLine(installation.folder, installation.server, ownerKey, "demo");
  const name = await openSample(installation, cli, "pilot-line");
  const { joinToken } = await cli.json("dialogues", "links", "pilot-line");
  const guests = installation.client("");
  const ada = await takeSeat(guests, joinToken, "Ada", "company");
  const ben = await takeSeat(guests, joinToken, "Ben", "research");
  const room = follow(guests.seats, ada.token);
  t.atEnd(room.leave);
  await eventually(() => assert.equal(room.statements.size, 40));

  const all = { installation, cli, owner, name, ada, ben, room };
  await vote(all);
  await meet(all);
  await poll(all);
  const decision = await decide(all);
  await survive(all);
  await publish({ ...all, decision });
  await roundTrip(all);
});
