// How long a vote takes from a browser until all browsers show it, over HTTP and server-sent events.
//
//   node tests/bench/pages.mjs JOIN_URI STATEMENTS [PEOPLE [SECONDS]]
//
// Takes PEOPLE seats (500) through the page behind JOIN_URI, opens an event stream for each, and votes 200 times a second for
// SECONDS (10): everybody agrees with one statement after another, of those numbered from 1 to STATEMENTS. Prints one JSON line:
// from sending the form to the last stream that shows the vote. Exit code 1 if votes went missing.
import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";

const votesASecond = 200;
const [joinUri, statements, people = 500, seconds = 10] = process.argv.slice(2).map((word, i) => (i === 0 ? word : Number(word)));
const web = new URL(joinUri).origin;
const forms = new Agent({ keepAlive: true, maxSockets: 64 });

function post(url, fields) {
  const body = new URLSearchParams(fields).toString();
  const headers = { "Content-Type": "application/x-www-form-urlencoded", "Content-Length": body.length };
  return new Promise((resolve, reject) => {
    const call = request(url, { method: "POST", agent: forms, headers }, (answer) => {
      answer.resume().once("end", () => resolve(answer));
    });
    call.once("error", reject).end(body);
  });
}

async function takeSeat() {
  const answer = await post(joinUri, { seat_id: randomUUID(), display_name: "", stakeholder_type: "" });
  if (answer.statusCode !== 303) throw new Error(`joining was answered with ${answer.statusCode}`);
  return new URL(answer.headers.location, web).href.split("?")[0];
}

const board = { sent: new Map(), seen: new Map(), latencies: [] };
const voteOf = (statement, n) => statement * people + n;

/** Follows a room; resolves at its first event. The n-th vote on a statement is shown where n agree with it. */
function watch(seat) {
  const shown = new Array(statements + 1).fill(0);
  const note = (text) => {
    for (const [, statement, agrees] of text.matchAll(/"statement":(\d+),"agreeCount":(\d+)/g)) {
      for (; shown[statement] < Number(agrees); shown[statement]++) {
        const vote = voteOf(Number(statement), shown[statement]);
        const seen = (board.seen.get(vote) ?? 0) + 1;
        board.seen.set(vote, seen);
        if (seen === people) board.latencies.push(performance.now() - board.sent.get(vote));
      }
    }
  };
  return new Promise((resolve, reject) => {
    const call = request(`${seat}/events`, { agent: false, headers: { Accept: "text/event-stream" } }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`watching was answered with ${answer.statusCode}`));
      let rest = "";
      answer.setEncoding("utf8").on("data", (chunk) => {
        const end = (rest += chunk).lastIndexOf("\n\n");
        if (end < 0) return;
        note(rest.slice(0, end));
        rest = rest.slice(end);
        resolve(answer);
      });
    });
    call.once("error", reject).end();
  });
}

const seats = [];
while (seats.length < people) seats.push(...(await Promise.all(Array.from({ length: Math.min(20, people - seats.length) }, takeSeat))));
await Promise.all(seats.map(watch));

const votes = Math.min(votesASecond * seconds, people * statements);
const casts = [];
const begin = performance.now();
for (let i = 0; i < votes; i++) {
  const wait = begin + (1000 * i) / votesASecond - performance.now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  const statement = 1 + Math.floor(i / people);
  board.sent.set(voteOf(statement, i % people), performance.now());
  casts.push(post(`${seats[i % people]}/votes`, { statement, value: "agree", live: "1" }));
}
const refused = (await Promise.all(casts)).filter(({ statusCode }) => statusCode !== 200).length;
for (let waited = 0; board.latencies.length < votes - refused && waited < 30_000; waited += 50) {
  await new Promise((resolve) => setTimeout(resolve, 50));
}
const missing = votes - board.latencies.length;
if (missing > 0) {
  console.error(`${missing} of ${votes} votes are not shown everywhere; ${refused} were refused`);
  process.exit(1);
}
const sorted = board.latencies.sort((a, b) => a - b);
const at = (share) => Math.round(sorted[Math.floor((sorted.length - 1) * share)]);
console.log(
  JSON.stringify({
    ...{ name: "live.pages", value: at(0.99), unit: "ms", ratio: null, of: null, p50_ms: at(0.5), p99_ms: at(0.99) },
    conditions: `from the form to the last of ${people} event streams over HTTP that shows the vote, p99 of ${votes} votes at ${votesASecond} a second; one client process, on the server's machine`,
  }),
);
process.exit(0);
