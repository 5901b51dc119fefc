// What a call fails with, readable by a program: https://aip.dev/193.
import { createRegistry, fromBinary, type Message } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { status, type Metadata } from "@grpc/grpc-js";

import { ErrorReason } from "./gen/colloquy/errors/v1/error_reason_pb.js";
import {
  type BadRequest,
  type ErrorInfo,
  file_google_rpc_error_details,
  type PreconditionFailure,
  type QuotaFailure,
  type RequestInfo,
  type ResourceInfo,
  type RetryInfo,
} from "./gen/google/rpc/error_details_pb.js";
import { type Status, StatusSchema } from "./gen/google/rpc/status_pb.js";

/** Canonical gRPC code by name, such as `NOT_FOUND`. */
export type Code = keyof typeof status;

/** Why a call failed, such as `SOLD_OUT`; see `colloquy.errors.v1.ErrorReason`. */
export type Reason = keyof typeof ErrorReason;

/** One field that breaks a rule. */
export interface FieldViolation {
  /** Path of the field in the request, such as `registration.attendee.email`. */
  field: string;
  /** What is wrong with it, for the person who filled it in. */
  description: string;
}

/** One condition that did not hold. */
export interface PreconditionViolation {
  type: string;
  subject: string;
  description: string;
}

/** One limit that was reached. */
export interface QuotaViolation {
  subject: string;
  description: string;
}

const detailTypes = createRegistry(file_google_rpc_error_details);

/** What every method of this package fails with. */
export class ColloquyError extends Error {
  override readonly name = "ColloquyError";
  /** The canonical code. */
  readonly code: Code;
  /** The reason, stable for programs; empty when the failure is not the server's own (no connection, say). */
  readonly reason: Reason | "";
  /** Every dynamic word of the message, under the keys that the reason documents. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The fields that break a rule, all at once. */
  readonly fieldViolations: readonly FieldViolation[];
  /** The conditions that did not hold. */
  readonly preconditionViolations: readonly PreconditionViolation[];
  /** The limits that were reached. */
  readonly quotaViolations: readonly QuotaViolation[];
  /** Name of the resource that the failure is about; empty if none. */
  readonly resource: string;
  /** How long the server asks to wait before the next attempt, in milliseconds; undefined if it does not. */
  readonly retryDelay: number | undefined;
  /** The id under which the server's log has this call; empty if the server did not say. */
  readonly requestId: string;
  /** The method, such as `/colloquy.events.v1.EventsService/GetEvent`; empty if no call was made. */
  readonly method: string;

  constructor(code: Code, message: string, details: readonly Message[] = [], method = "", cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.method = method;
    const info = find<ErrorInfo>(details, "google.rpc.ErrorInfo");
    const ours = info?.domain === "colloquy" ? info : undefined;
    this.reason = (ours?.reason ?? "") as Reason | "";
    this.metadata = ours?.metadata ?? {};
    this.fieldViolations = (find<BadRequest>(details, "google.rpc.BadRequest")?.fieldViolations ?? []).map(
      ({ field, description }) => ({ field, description }),
    );
    this.preconditionViolations = (
      find<PreconditionFailure>(details, "google.rpc.PreconditionFailure")?.violations ?? []
    ).map(({ type, subject, description }) => ({ type, subject, description }));
    this.quotaViolations = (find<QuotaFailure>(details, "google.rpc.QuotaFailure")?.violations ?? []).map(
      ({ subject, description }) => ({ subject, description }),
    );
    this.resource = find<ResourceInfo>(details, "google.rpc.ResourceInfo")?.resourceName ?? "";
    this.requestId = find<RequestInfo>(details, "google.rpc.RequestInfo")?.requestId ?? "";
    const retry = find<RetryInfo>(details, "google.rpc.RetryInfo")?.retryDelay;
    this.retryDelay = retry && Number(retry.seconds) * 1000 + retry.nanos / 1e6;
  }
}

/** The error of a google.rpc.Status, such as an operation's. */
export function errorFromStatus(failure: Status, method = ""): ColloquyError {
  // Details of a type that this version does not know are left out; the code and message still tell.
  const details = failure.details.flatMap((any) => anyUnpack(any, detailTypes) ?? []);
  return new ColloquyError(codeName(failure.code), failure.message, details, method);
}

/** The error of what grpc-js threw. */
export function errorFromGrpc(thrown: unknown, method: string): ColloquyError {
  if (thrown instanceof ColloquyError) return thrown;
  if (!isServiceError(thrown)) return new ColloquyError("UNKNOWN", String(thrown), [], method, thrown);
  const plain = new ColloquyError(codeName(thrown.code), thrown.details, [], method, thrown);
  const [encoded] = thrown.metadata?.get("grpc-status-details-bin") ?? [];
  if (!(encoded instanceof Uint8Array)) return plain;
  try {
    const rich = fromBinary(StatusSchema, encoded);
    // A proxy on the way may have replaced the status; then the details are not about it.
    return rich.code === thrown.code ? errorFromStatus(rich, method) : plain;
  } catch {
    return plain;
  }
}

function find<T extends Message>(details: readonly Message[], type: T["$typeName"]): T | undefined {
  return details.find((detail) => detail.$typeName === type) as T | undefined;
}

function codeName(code: number): Code {
  return (status[code] ?? "UNKNOWN") as Code;
}

interface GrpcFailure {
  code: number;
  details: string;
  metadata?: Metadata;
}

function isServiceError(thrown: unknown): thrown is GrpcFailure {
  return (
    thrown instanceof Error &&
    typeof (thrown as Partial<GrpcFailure>).code === "number" &&
    typeof (thrown as Partial<GrpcFailure>).details === "string"
  );
}
