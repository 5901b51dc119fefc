// Real servers for one journey: started on free loopback ports with a database of their own, stopped at its end.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ApiKey_Role, ColloquyClient } from "@colloquy/sdk";
import { Client, credentials } from "@grpc/grpc-js";

import { eventually } from "./journey.mjs";

const services = ["access", "events", "registrations", "dialogues"];
const hosted = [...services, "web"];
const exitCodeInUse = 3;
// In use by somebody else between looking and starting: rare, and mended by looking again.
const startAttempts = 5;

/**
 * Starts an installation for the journey `t`. `server` is its address, `servers` the one of each service, `rootKey`
 * the operator's key, `folder` a place for files, `client(key)` a client of it, `setUp(id)` an organizer with keys,
 * `web` the base of its pages, `crash()` kills all of it as a power cut would and starts it again at the same addresses.
 * `options` are further options of all its servers.
 */
export async function startInstallation(t, { options = [] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "colloquy-e2e-"));
  t.atEnd(() => rm(folder, { recursive: true, force: true }));
  const processes = await startProcesses(t, folder, options);
  const servers = Object.fromEntries(
    services.map((name) => [name, processes.find(({ hosts }) => hosts.includes(name)).address]),
  );
  const rootKey = (await readFile(join(folder, "root.key"), "utf8")).trim();
  const clients = [];
  t.atEnd(async () => clients.forEach((client) => client.close()));
  const client = (apiKey) => {
    clients.push(new ColloquyClient({ server: servers.access, servers, apiKey }));
    return clients.at(-1);
  };
  return {
    folder,
    server: servers.access,
    servers,
    web: processes[0].plan.web,
    rootKey,
    client,
    setUp: (id) => setUp(client, rootKey, id),
    crash: () => crash(t, processes),
  };
}

async function crash(t, processes) {
  const ends = processes.map(({ child }) => once(child, "exit"));
  for (const { child } of processes) child.kill("SIGKILL");
  await Promise.all(ends);
  const again = await Promise.all(processes.map(({ plan }) => start(plan)));
  processes.splice(0, processes.length, ...again);
  for (const server of again) t.atEnd(() => stop(server));
  for (const server of again) if (server.failure) throw server.failure;
}

/** An organizer, a partner of it, and clients for the owner of the one and the portal of the other. */
async function setUp(client, rootKey, id) {
  const operator = client(rootKey);
  const organizer = await operator.access.createOrganizer({
    organizerId: id,
    organizer: { displayName: `Organizer ${id}`, defaultLanguage: "en", timeZone: "Europe/Berlin" },
  });
  const key = (role, partner = "") =>
    operator.access.createApiKey({
      parent: organizer.name,
      apiKey: { displayName: `Key of ${ApiKey_Role[role]}`, role, partner },
    });
  const partner = await operator.access.createPartner({
    parent: organizer.name,
    partnerId: "portal",
    partner: { displayName: "Partner portal" },
  });
  const ownerKey = (await key(ApiKey_Role.OWNER)).secret;
  const partnerKey = (await key(ApiKey_Role.PARTNER, partner.name)).secret;
  return {
    organizer: organizer.name,
    partner: partner.name,
    ownerKey,
    partnerKey,
    owner: client(ownerKey),
    portal: client(partnerKey),
  };
}

async function startProcesses(t, folder, options) {
  const database = t.engine === "mysql" ? `${process.env.COLLOQUY_TEST_MYSQL}/e2e_${randomBytes(5).toString("hex")}` : "sqlite";
  const secretFile = join(folder, "peer.secret");
  await writeFile(secretFile, randomBytes(24).toString("hex"), { mode: 0o600 });
  for (let attempt = 1; ; attempt++) {
    const plan = await planProcesses(t.separate);
    const started = await Promise.all(plan.map((process) => start({ ...process, database, secretFile, folder, options })));
    const taken = started.filter(({ child }) => child.exitCode === exitCodeInUse);
    if (taken.length === 0) {
      // Registered before the check below, so that a server is stopped even if another did not start.
      for (const server of started) t.atEnd(() => stop(server));
      for (const server of started) if (server.failure) throw server.failure;
      return started;
    }
    await Promise.all(started.map(stop));
    if (attempt === startAttempts) throw new Error("No free ports to listen on.");
  }
}

// Which services each process hosts, and where.
async function planProcesses(separate) {
  const groups = separate ? hosted.map((name) => [name]) : [hosted];
  const [webPort, ...ports] = await freePorts(groups.length + 1);
  const web = `http://127.0.0.1:${webPort}`;
  const planned = groups.map((hosts, i) => ({ hosts, address: `127.0.0.1:${ports[i]}` }));
  return planned.map((process) => ({
    ...process,
    web,
    // Nobody calls web.
    peers: planned.filter(({ hosts }) => hosts[0] !== process.hosts[0] && hosts[0] !== "web").map(({ hosts, address }) => `${hosts[0]}=${address}`),
  }));
}

async function start(plan) {
  const { hosts, address, web, peers, database, secretFile, folder, options: more } = plan;
  const name = hosts.length === 1 ? hosts[0] : "all";
  const logs = process.env.COLLOQUY_E2E_LOGS ?? join(folder, "logs");
  await mkdir(logs, { recursive: true });
  const logFile = join(logs, `${name}.log`);
  const options = [
    `--listen=${address}`,
    `--data-dir=${join(folder, `data-${name}`)}`,
    `--database=${database}`,
    `--services=${hosts.join(",")}`,
    `--web-listen=${web.slice("http://".length)}`,
    `--public-url=${web}`,
    `--peer-secret-file=${secretFile}`,
    ...(peers.length > 0 ? [`--peer=${peers.join(",")}`] : []),
    ...more,
    ...(hosts.includes("access") ? [`--root-key-file=${join(folder, "root.key")}`] : []),
  ];
  const child = spawn(join(process.env.COLLOQUY_BIN, "colloquyd"), options, {
    env: withoutSettings(process.env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log = createWriteStream(logFile, { flags: "a" });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const server = { plan, name, hosts, address, child, logFile, failure: undefined };
  child.once("error", (error) => (server.failure = error));
  await eventually(() => serving(server), { within: 60_000 }).catch(async (error) => {
    server.failure ??= new Error(`${name} does not serve: ${error.message}\n${await tail(logFile)}`);
  });
  return server;
}

// A server reads its options from the environment too, and this one has names of its own there.
function withoutSettings(environment) {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("COLLOQUY_")));
}

async function serving(server) {
  // Nothing more to wait for: leave eventually() with a server that is not there.
  if (server.child.exitCode !== null || server.failure) {
    server.failure ??= new Error(`${server.name} ended with ${server.child.exitCode}.\n${await tail(server.logFile)}`);
    return;
  }
  const state = await health(server.address);
  if (state !== "SERVING") throw new Error(`health is ${state}`);
}

/** Asks grpc.health.v1.Health about the whole server; its answer is one enum in field 1. */
function health(address) {
  const states = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];
  const channel = new Client(address, credentials.createInsecure());
  return new Promise((resolve, reject) => {
    channel.makeUnaryRequest(
      "/grpc.health.v1.Health/Check",
      (request) => request,
      (answer) => states[answer.length === 2 && answer[0] === 8 ? answer[1] : 0],
      Buffer.alloc(0),
      { deadline: Date.now() + 2_000 },
      (error, state) => (error ? reject(error) : resolve(state)),
    );
  }).finally(() => channel.close());
}

// In order, as a service manager would: SIGTERM, and a server that does not end is a failure of the journey.
async function stop(server) {
  const { child, name } = server;
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal)));
  child.kill("SIGTERM");
  const forced = setTimeout(() => child.kill("SIGKILL"), 20_000);
  const outcome = await ended;
  clearTimeout(forced);
  if (outcome !== 0) throw new Error(`${name} ended with ${outcome} when told to stop.\n${await tail(server.logFile)}`);
}

async function tail(file, lines = 15) {
  return (await readFile(file, "utf8").catch(() => "")).trimEnd().split("\n").slice(-lines).join("\n");
}

/** Free at the same time, so all different. */
async function freePorts(count) {
  const listeners = await Promise.all(
    Array.from({ length: count }, () => {
      const listener = createServer();
      return new Promise((resolve, reject) => {
        listener.once("error", reject);
        listener.listen(0, "127.0.0.1", () => resolve(listener));
      });
    }),
  );
  const ports = listeners.map((listener) => listener.address().port);
  await Promise.all(listeners.map((listener) => new Promise((resolve) => listener.close(resolve))));
  return ports;
}
