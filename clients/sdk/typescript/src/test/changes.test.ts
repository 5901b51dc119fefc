import assert from "node:assert/strict";
import { after, test } from "node:test";

import { create } from "@bufbuild/protobuf";

import {
  ColloquyClient,
  ColloquyError,
  EventsService,
  type StreamChangesRequest,
  StreamChangesResponseSchema,
} from "../index.js";
import { type Call, errorInfo, failure, type Handlers, serve, type Stream } from "./fake_server.js";

const cleanups: (() => void)[] = [];
after(() => cleanups.forEach((cleanup) => cleanup()));

const change = (sequence: number) =>
  create(StreamChangesResponseSchema, { cursor: BigInt(sequence), change: { sequence: BigInt(sequence) } });

const checkpoint = (cursor: number) => create(StreamChangesResponseSchema, { cursor: BigInt(cursor) });

async function feed(streamChanges: Handlers[string]) {
  const server = await serve([[EventsService, { streamChanges }]]);
  const client = new ColloquyClient({ server: server.address, retry: { initialBackoff: 1, maxBackoff: 4 } });
  cleanups.push(() => client.close(), server.stop);
  return client;
}

async function take(client: ColloquyClient, count: number, request: object = {}) {
  const cursors: number[] = [];
  for await (const answer of client.streamChanges("events", { parent: "organizers/o", ...request })) {
    cursors.push(Number(answer.cursor));
    if (cursors.length === count) break;
  }
  return cursors;
}

test("goes on at the cursor after every way of losing the stream", async () => {
  const asked: number[] = [];
  const endings = [
    (stream: Stream) => stream.fail(failure("UNAVAILABLE", "Stopping.", [errorInfo("SERVER_STOPPING")])),
    (stream: Stream) => stream.fail(failure("RESOURCE_EXHAUSTED", "Slow.", [errorInfo("CONSUMER_TOO_SLOW")])),
    (stream: Stream) => stream.fail(failure("INTERNAL", "Received RST_STREAM")),
    (stream: Stream) => stream.end(),
  ];
  const client = await feed(({ request }: Call, stream) => {
    const { cursor } = request as StreamChangesRequest;
    asked.push(Number(cursor));
    stream.write(change(Number(cursor) + 1));
    stream.write(checkpoint(Number(cursor) + 10));
    endings[asked.length - 1]?.(stream);
  });
  assert.deepEqual(await take(client, 10, { cursor: 5n }), [6, 15, 16, 25, 26, 35, 36, 45, 46, 55]);
  assert.deepEqual(asked, [5, 15, 25, 35, 45]);
});

test("asks for checkpoints, and from now only until there is a cursor", async () => {
  const asked: StreamChangesRequest[] = [];
  const client = await feed(({ request }: Call, stream) => {
    asked.push(request as StreamChangesRequest);
    if (asked.length === 1) {
      stream.fail(failure("UNAVAILABLE", "Away."));
      return;
    }
    stream.write(checkpoint(asked.length * 10));
    stream.end();
  });
  assert.deepEqual(await take(client, 2, { fromNow: true }), [20, 30]);
  assert.deepEqual(
    asked.map(({ fromNow, cursor, checkpointSeconds }) => [fromNow, Number(cursor), checkpointSeconds]),
    [
      [true, 0, 15],
      [true, 0, 15],
      [false, 20, 15],
    ],
  );
});

test("a silent stream is given up and resumed", async () => {
  let streams = 0;
  const client = await feed((_call, stream) => {
    streams++;
    if (streams === 2) stream.write(change(1));
  });
  const began = performance.now();
  assert.deepEqual(await take(client, 1, { checkpointSeconds: 1 }), [1]);
  assert.equal(streams, 2);
  assert.ok(performance.now() - began >= 3_990);
});

test("a refusal that waiting does not mend ends the stream", async () => {
  let streams = 0;
  const client = await feed((_call, stream) => {
    streams++;
    stream.fail(failure("OUT_OF_RANGE", "Too old.", [errorInfo("CURSOR_TOO_OLD", { oldest: "9" })]));
  });
  await assert.rejects(take(client, 1, { cursor: 1n }), (error) => {
    assert.ok(error instanceof ColloquyError);
    assert.equal(error.reason, "CURSOR_TOO_OLD");
    assert.equal(error.metadata["oldest"], "9");
    return true;
  });
  assert.equal(streams, 1);
});

test("leaving the loop ends the call at the server", async () => {
  let onCancelled = () => undefined as void;
  const cancelled = new Promise<void>((resolve) => (onCancelled = resolve));
  const client = await feed((_call, stream) => {
    stream.onCancelled(onCancelled);
    stream.write(change(1));
  });
  assert.deepEqual(await take(client, 1), [1]);
  await cancelled;
});

test("an aborted signal ends the loop without an error", async () => {
  const client = await feed((_call, stream) => stream.write(change(1)));
  const stop = new AbortController();
  const seen: number[] = [];
  for await (const answer of client.streamChanges("events", { parent: "organizers/o" }, { signal: stop.signal })) {
    seen.push(Number(answer.cursor));
    stop.abort();
  }
  assert.deepEqual(seen, [1]);
});
