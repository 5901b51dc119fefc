import assert from "node:assert/strict";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";

import { create } from "@bufbuild/protobuf";

import {
  ColloquyClient,
  type ClientOptions,
  ColloquyError,
  type CreateRegistrationRequest,
  Event_State,
  EventSchema,
  EventsService,
  items,
  type ListEventsRequest,
  ListEventsResponseSchema,
  pages,
  RegistrationSchema,
  RegistrationsService,
} from "../index.js";
import { BadRequestSchema, RequestInfoSchema, ResourceInfoSchema } from "../gen/google/rpc/error_details_pb.js";
import { type Call, errorInfo, failure, type Handlers, retryInfo, serve } from "./fake_server.js";

const cleanups: (() => void)[] = [];
after(() => cleanups.forEach((cleanup) => cleanup()));

const fast: ClientOptions["retry"] = { initialBackoff: 1, maxBackoff: 4 };

async function clientOf(handlers: { events?: Handlers; registrations?: Handlers }, options?: Partial<ClientOptions>) {
  const server = await serve([
    [EventsService, handlers.events ?? {}],
    [RegistrationsService, handlers.registrations ?? {}],
  ]);
  const client = new ColloquyClient({ server: server.address, retry: fast, ...options } as ClientOptions);
  cleanups.push(() => client.close(), server.stop);
  return client;
}

async function errorOf(promise: Promise<unknown>): Promise<ColloquyError> {
  const thrown = await promise.then(
    () => assert.fail("the call succeeded"),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof ColloquyError, `not a ColloquyError: ${String(thrown)}`);
  return thrown;
}

test("a call carries the key and brings the message back", async () => {
  let authorization: unknown;
  const client = await clientOf(
    {
      events: {
        getEvent: ({ request, metadata }: Call) => {
          authorization = metadata.get("authorization");
          return create(EventSchema, { name: (request as { name?: string }).name!, state: Event_State.PUBLISHED });
        },
      },
    },
    { apiKey: "clq_a_b" },
  );
  const event = await client.events.getEvent({ name: "organizers/o/events/e" });
  assert.equal(event.name, "organizers/o/events/e");
  assert.equal(event.state, Event_State.PUBLISHED);
  assert.deepEqual(authorization, ["Bearer clq_a_b"]);
});

test("an error is typed, with everything the details say", async () => {
  const client = await clientOf({
    registrations: {
      createRegistration: () => {
        throw failure("INVALID_ARGUMENT", "Two fields are wrong.", [
          errorInfo("FIELD_INVALID", { field: "registration.attendee.email" }),
          [
            BadRequestSchema,
            create(BadRequestSchema, {
              fieldViolations: [
                { field: "registration.attendee.email", description: "No @ in it." },
                { field: "registration.party_size", description: "Negative." },
              ],
            }),
          ],
          [RequestInfoSchema, create(RequestInfoSchema, { requestId: "7f3a" })],
          [ResourceInfoSchema, create(ResourceInfoSchema, { resourceName: "organizers/o/events/e" })],
        ]);
      },
    },
  });
  const error = await errorOf(client.registrations.createRegistration({ parent: "organizers/o/events/e" }));
  assert.equal(error.code, "INVALID_ARGUMENT");
  assert.equal(error.reason, "FIELD_INVALID");
  assert.equal(error.message, "Two fields are wrong.");
  assert.deepEqual(error.metadata, { field: "registration.attendee.email" });
  assert.deepEqual(error.fieldViolations, [
    { field: "registration.attendee.email", description: "No @ in it." },
    { field: "registration.party_size", description: "Negative." },
  ]);
  assert.equal(error.resource, "organizers/o/events/e");
  assert.equal(error.requestId, "7f3a");
  assert.equal(error.retryDelay, undefined);
  assert.equal(error.method, "/colloquy.registrations.v1.RegistrationsService/CreateRegistration");
});

test("damaged details leave code and message", async () => {
  const client = await clientOf({
    events: {
      getEvent: () => {
        const broken = failure("NOT_FOUND", "No such event.");
        broken.metadata.set("grpc-status-details-bin", Buffer.from([0xff, 0xff, 0xff]));
        throw broken;
      },
    },
  });
  const error = await errorOf(client.events.getEvent({ name: "organizers/o/events/e" }));
  assert.equal(error.code, "NOT_FOUND");
  assert.equal(error.reason, "");
  assert.equal(error.message, "No such event.");
});

test("UNAVAILABLE is retried with one request id, no sooner than the server asks", async () => {
  const ids: string[] = [];
  const times: number[] = [];
  const client = await clientOf({
    registrations: {
      createRegistration: ({ request }: Call) => {
        ids.push((request as CreateRegistrationRequest).requestId);
        times.push(performance.now());
        if (ids.length < 3) {
          throw failure("UNAVAILABLE", "Away.", [errorInfo("DATABASE_UNAVAILABLE"), retryInfo(30)]);
        }
        return create(RegistrationSchema, { name: "organizers/o/events/e/registrations/r" });
      },
    },
  });
  await client.registrations.createRegistration({ parent: "organizers/o/events/e" });
  assert.equal(ids.length, 3);
  assert.match(ids[0]!, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(new Set(ids).size, 1);
  // One millisecond is left for the clocks' grain.
  assert.ok(times[1]! - times[0]! >= 29 && times[2]! - times[1]! >= 29, `called at ${times}`);
});

test("a request id of the caller's own is kept, and two calls have different ones otherwise", async () => {
  const ids: string[] = [];
  const client = await clientOf({
    registrations: {
      cancelRegistration: ({ request }: Call) => {
        ids.push((request as CreateRegistrationRequest).requestId);
        return create(RegistrationSchema);
      },
    },
  });
  await client.registrations.cancelRegistration({ name: "r", requestId: "mine" });
  await client.registrations.cancelRegistration({ name: "r" });
  await client.registrations.cancelRegistration({ name: "r" });
  assert.equal(ids[0], "mine");
  assert.equal(new Set(ids).size, 3);
});

test("what must not happen twice is retried only where nothing was done", async () => {
  let calls = 0;
  let reason = "OUTCOME_UNKNOWN";
  const client = await clientOf({
    events: {
      publishEvent: () => {
        if (++calls > 1) return create(EventSchema);
        throw failure("UNAVAILABLE", "Away.", [errorInfo(reason), retryInfo(1)]);
      },
    },
  });
  assert.equal((await errorOf(client.events.publishEvent({ name: "e" }))).reason, "OUTCOME_UNKNOWN");
  assert.equal(calls, 1);
  calls = 0;
  reason = "DATABASE_UNAVAILABLE";
  await client.events.publishEvent({ name: "e" });
  assert.equal(calls, 2);
});

test("refusals under load are retried when the server says when, other errors never", async () => {
  const codes: string[] = [];
  const client = await clientOf({
    events: {
      getEvent: ({ request }: Call) => {
        const code = (request as { name?: string }).name!;
        codes.push(code);
        if (code === "RATE_LIMITED" && codes.length === 1) {
          throw failure("RESOURCE_EXHAUSTED", "Slow down.", [errorInfo("RATE_LIMITED"), retryInfo(1)]);
        }
        if (code === "ABORTED") throw failure("ABORTED", "Changed.", [errorInfo("ETAG_MISMATCH")]);
        return create(EventSchema);
      },
    },
  });
  await client.events.getEvent({ name: "RATE_LIMITED" });
  assert.equal(codes.length, 2);
  assert.equal((await errorOf(client.events.getEvent({ name: "ABORTED" }))).reason, "ETAG_MISMATCH");
  assert.equal(codes.length, 3);
});

test("retries end with the attempts", async () => {
  let calls = 0;
  const client = await clientOf(
    {
      events: {
        getEvent: () => {
          calls++;
          throw failure("UNAVAILABLE", "Away.", [errorInfo("DATABASE_UNAVAILABLE")]);
        },
      },
    },
    { retry: { ...fast, maxAttempts: 4 } },
  );
  assert.equal((await errorOf(client.events.getEvent({ name: "e" }))).reason, "DATABASE_UNAVAILABLE");
  assert.equal(calls, 4);
});

test("no retry is begun that would end past the deadline", async () => {
  let calls = 0;
  const client = await clientOf({
    events: {
      getEvent: () => {
        calls++;
        throw failure("UNAVAILABLE", "Away.", [errorInfo("DATABASE_UNAVAILABLE"), retryInfo(600_000)]);
      },
    },
  });
  const error = await errorOf(client.events.getEvent({ name: "e" }, { timeout: 5_000 }));
  assert.equal(error.retryDelay, 600_000);
  assert.equal(calls, 1);
});

test("the timeout reaches the server as a deadline and ends the call", async () => {
  let deadline: Date | number = Infinity;
  const client = await clientOf({
    events: {
      getEvent: (call: Call) => {
        deadline = call.deadline;
        return new Promise(() => undefined);
      },
    },
  });
  const error = await errorOf(client.events.getEvent({ name: "e" }, { timeout: 200 }));
  assert.equal(error.code, "DEADLINE_EXCEEDED");
  assert.ok(Number(deadline) <= Date.now() + 200);
});

test("an aborted signal ends the call, also while waiting to retry", async () => {
  const client = await clientOf({
    events: {
      getEvent: ({ request }: Call) => {
        if ((request as { name?: string }).name === "hang") return new Promise(() => undefined);
        throw failure("UNAVAILABLE", "Away.", [errorInfo("DATABASE_UNAVAILABLE"), retryInfo(20_000)]);
      },
    },
  });
  for (const name of ["hang", "away"]) {
    const giveUp = new AbortController();
    setTimeout(() => giveUp.abort(), 50);
    const error = await errorOf(client.events.getEvent({ name }, { signal: giveUp.signal }));
    assert.equal(error.code, "CANCELLED", name);
  }
  assert.equal((await errorOf(client.events.getEvent({ name: "e" }, { signal: AbortSignal.abort() }))).code, "CANCELLED");
});

test("nobody listening is UNAVAILABLE without a reason", async () => {
  const placeholder = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => placeholder.once("listening", resolve));
  const { port } = placeholder.address() as AddressInfo;
  await new Promise((resolve) => placeholder.close(resolve));
  const client = new ColloquyClient({ server: `127.0.0.1:${port}`, retry: { maxAttempts: 2, initialBackoff: 1 } });
  cleanups.push(() => client.close());
  const error = await errorOf(client.events.getEvent({ name: "e" }));
  assert.equal(error.code, "UNAVAILABLE");
  assert.equal(error.reason, "");
});

test("items goes through all pages, pages begins at a token", async () => {
  const asked: ListEventsRequest[] = [];
  const client = await clientOf({
    events: {
      listEvents: ({ request }: Call) => {
        asked.push(request as ListEventsRequest);
        const page = Number((request as ListEventsRequest).pageToken || 0);
        return create(ListEventsResponseSchema, {
          events: page === 1 ? [] : [{ name: `a${page}` }, { name: `b${page}` }],
          nextPageToken: page < 2 ? String(page + 1) : "",
        });
      },
    },
  });
  const names: string[] = [];
  for await (const event of items(client.events.listEvents, { parent: "organizers/o", filter: "x" })) {
    names.push(event.name);
  }
  assert.deepEqual(names, ["a0", "b0", "a2", "b2"]);
  assert.deepEqual(
    asked.map(({ parent, filter, pageToken }) => [parent, filter, pageToken]),
    [
      ["organizers/o", "x", ""],
      ["organizers/o", "x", "1"],
      ["organizers/o", "x", "2"],
    ],
  );
  asked.length = 0;
  for await (const page of pages(client.events.listEvents, { parent: "organizers/o", pageToken: "2" })) {
    assert.equal(page.events.length, 2);
  }
  assert.equal(asked.length, 1);
});

test("leaving a list early asks for no further page", async () => {
  let calls = 0;
  const client = await clientOf({
    events: {
      listEvents: () => {
        calls++;
        return create(ListEventsResponseSchema, { events: [{ name: "a" }], nextPageToken: "more" });
      },
    },
  });
  for await (const event of items(client.events.listEvents, { parent: "organizers/o" })) {
    assert.equal(event.name, "a");
    break;
  }
  assert.equal(calls, 1);
});

test("each service is reached at its own address", async () => {
  const events = await serve([[EventsService, { getEvent: () => create(EventSchema, { name: "there" }) }]]);
  const client = await clientOf({}, { servers: { events: events.address } });
  cleanups.push(events.stop);
  assert.equal((await client.events.getEvent({ name: "e" })).name, "there");
  assert.equal((await errorOf(client.registrations.getRegistration({ name: "r" }))).code, "UNIMPLEMENTED");
});
