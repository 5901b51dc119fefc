import assert from "node:assert/strict";
import { type AddressInfo, createServer } from "node:net";
import { after, test } from "node:test";

import { create } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";

import { isLoopback } from "../channel.js";
import { backoff, defaultRetryPolicy, isRepeatable } from "../retry.js";
import {
  AccessService,
  ColloquyClient,
  ColloquyError,
  EventsService,
  OperationSchema,
  Operations,
  RegistrationsService,
  VerifyAllSeatsMetadataSchema,
  VerifyAllSeatsResponseSchema,
  waitForOperation,
} from "../index.js";
import { errorInfo, serve } from "./fake_server.js";
import { StatusSchema } from "../gen/google/rpc/status_pb.js";

const cleanups: (() => void)[] = [];
after(() => cleanups.forEach((cleanup) => cleanup()));

test("only loopback is spoken to in plaintext by default", () => {
  for (const address of ["localhost:7411", "127.0.0.1:1", "127.8.9.10:1", "[::1]:1", "unix:/run/c.sock"]) {
    assert.ok(isLoopback(address), address);
  }
  for (const address of ["colloquy.example:443", "10.0.0.1:1", "127.0.0.1.example.org:1", "localhost.example.org:1"]) {
    assert.ok(!isLoopback(address), address);
  }
});

test("with TLS nothing goes out before a handshake", async () => {
  const listener = createServer();
  const firstByte = new Promise<number>((resolve) => {
    listener.on("connection", (socket) => {
      socket.once("data", (bytes) => {
        socket.destroy();
        resolve(bytes[0]!);
      });
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;
  const client = new ColloquyClient({ server: `127.0.0.1:${port}`, apiKey: "clq_a_b", tls: true });
  cleanups.push(() => client.close(), () => listener.close());
  const handshakeRecord = 22;
  const call = client.access.getCaller({}, { timeout: 2_000 }).catch(() => undefined);
  assert.equal(await firstByte, handshakeRecord);
  client.close();
  await call;
});

test("reads and what has a request id may be repeated, the rest not", () => {
  for (const method of [
    EventsService.method.listEvents,
    RegistrationsService.method.verifySeats,
    RegistrationsService.method.createRegistration,
    RegistrationsService.method.batchCreateRegistrations,
    EventsService.method.updateEvent,
    AccessService.method.getCaller,
  ]) {
    assert.ok(isRepeatable(method), method.name);
  }
  for (const method of [AccessService.method.createApiKey, EventsService.method.publishEvent]) {
    assert.ok(!isRepeatable(method), method.name);
  }
});

test("waits double up to the bound and start at what the server asks", () => {
  const plain = new ColloquyError("UNAVAILABLE", "");
  const waits = [1, 2, 3, 7, 8, 60].map((attempt) => backoff(defaultRetryPolicy, attempt, plain, () => 1));
  assert.deepEqual(waits, [100, 200, 400, 5_000, 5_000, 5_000]);
  assert.equal(backoff(defaultRetryPolicy, 3, plain, () => 0), 0);
});

test("an operation is waited for, watched and unpacked", async () => {
  let looks = 0;
  const server = await serve([
    [
      Operations,
      {
        getOperation: () => {
          looks++;
          const metadata = anyPack(
            VerifyAllSeatsMetadataSchema,
            create(VerifyAllSeatsMetadataSchema, { doneCount: BigInt(looks), totalCount: 3n }),
          );
          if (looks < 3) return create(OperationSchema, { metadata });
          const value = anyPack(
            VerifyAllSeatsResponseSchema,
            create(VerifyAllSeatsResponseSchema, { eventCount: 3n }),
          );
          return create(OperationSchema, { metadata, done: true, result: { case: "response", value } });
        },
      },
    ],
  ]);
  const client = new ColloquyClient({ server: server.address });
  cleanups.push(() => client.close(), server.stop);
  const seen: unknown[] = [];
  const result = await waitForOperation(client.operations, "operations/o", {
    interval: 1,
    onProgress: (metadata) => seen.push((metadata as { doneCount?: bigint }).doneCount),
  });
  assert.deepEqual(seen, [1n, 2n, 3n]);
  assert.equal((result as { eventCount?: bigint }).eventCount, 3n);
});

test("an operation that failed throws its error", async () => {
  const [schema, detail] = errorInfo("PERMISSION_DENIED");
  const value = create(StatusSchema, { code: 7, message: "No.", details: [anyPack(schema, detail)] });
  const server = await serve([
    [
      Operations,
      { getOperation: () => create(OperationSchema, { done: true, result: { case: "error", value } }) },
    ],
  ]);
  const client = new ColloquyClient({ server: server.address });
  cleanups.push(() => client.close(), server.stop);
  await assert.rejects(
    waitForOperation(client.operations, "operations/o"),
    (error) => error instanceof ColloquyError && error.reason === "PERMISSION_DENIED" && error.message === "No.",
  );
});
