/** @packageDocumentation TypeScript client of Colloquy. */
export { type FollowOptions, followChanges } from "./changes.js";
export { isLoopback, type TlsOptions, version } from "./channel.js";
export { type ClientOptions, ColloquyClient, type FeedName } from "./client.js";
export {
  type Code,
  ColloquyError,
  errorFromStatus,
  type FieldViolation,
  type PreconditionViolation,
  type QuotaViolation,
  type Reason,
} from "./errors.js";
export { waitForOperation, type WaitOptions } from "./operations.js";
export { type Item, items, pages } from "./pages.js";
export { defaultRetryPolicy, type RetryPolicy } from "./retry.js";
export type { CallOptions, ServiceClient, StreamCall, UnaryCall } from "./service_client.js";

// The contract: messages, their schemas, enums and services.
export * from "./gen/colloquy/access/v1/access_pb.js";
export * from "./gen/colloquy/changes/v1/changes_pb.js";
export * from "./gen/colloquy/dialogues/v1/agenda_pb.js";
export * from "./gen/colloquy/dialogues/v1/dialogues_pb.js";
export * from "./gen/colloquy/dialogues/v1/live_pb.js";
export * from "./gen/colloquy/dialogues/v1/opinion_pb.js";
export * from "./gen/colloquy/dialogues/v1/outcomes_pb.js";
export * from "./gen/colloquy/dialogues/v1/polls_pb.js";
export * from "./gen/colloquy/dialogues/v1/resources_pb.js";
export * from "./gen/colloquy/dialogues/v1/seats_pb.js";
export * from "./gen/colloquy/dialogues/v1/statements_pb.js";
export * from "./gen/colloquy/errors/v1/error_reason_pb.js";
export * from "./gen/colloquy/events/v1/events_pb.js";
export * from "./gen/colloquy/registrations/v1/guests_pb.js";
export * from "./gen/colloquy/registrations/v1/invitations_pb.js";
export * from "./gen/colloquy/registrations/v1/mailings_pb.js";
export * from "./gen/colloquy/registrations/v1/registrations_pb.js";
export { type Operation, Operations, OperationSchema } from "./gen/google/longrunning/operations_pb.js";

// What is needed to fill and read messages, so that programs need no version of their own.
export { create, fromJson, type Message, type MessageInitShape, type MessageShape, toJson, toJsonString } from "@bufbuild/protobuf";
export {
  anyUnpack,
  timestampDate,
  timestampFromDate,
  timestampMs,
  timestampNow,
} from "@bufbuild/protobuf/wkt";
