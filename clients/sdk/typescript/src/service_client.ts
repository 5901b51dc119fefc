// A typed client of any service of the contract, on a grpc-js channel.
import { randomUUID } from "node:crypto";

import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type DescService,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { CallOptions as GrpcCallOptions, Client, ClientReadableStream, Metadata } from "@grpc/grpc-js";

import { ColloquyError, errorFromGrpc } from "./errors.js";
import { backoff, mayRetry, type RetryPolicy, sleep } from "./retry.js";

/** Options of one call. */
export interface CallOptions {
  /** Milliseconds that all attempts together may take. Streams have no limit unless one is given. */
  timeout?: number;
  /** Ends the call when aborted; it then fails with CANCELLED. */
  signal?: AbortSignal;
}

/** A method that answers once. */
export interface UnaryCall<I extends DescMessage, O extends DescMessage> {
  (request: MessageInitShape<I>, options?: CallOptions): Promise<MessageShape<O>>;
  /** What the contract says about it. */
  readonly desc: DescMethodUnary<I, O>;
}

/** A method that answers with a stream. Leaving the loop ends the call. */
export interface StreamCall<I extends DescMessage, O extends DescMessage> {
  (request: MessageInitShape<I>, options?: CallOptions): AsyncIterable<MessageShape<O>>;
  /** What the contract says about it. */
  readonly desc: DescMethodServerStreaming<I, O>;
}

/** The methods of a service. */
export type ServiceClient<S extends DescService> = {
  readonly [M in keyof S["method"]]: S["method"][M] extends DescMethodUnary<infer I, infer O>
    ? UnaryCall<I, O>
    : S["method"][M] extends DescMethodServerStreaming<infer I, infer O>
      ? StreamCall<I, O>
      : never;
};

/** What all calls on a channel share. */
export interface CallContext {
  channel: Client;
  metadata: Metadata;
  retry: RetryPolicy;
  /** Milliseconds, for unary calls that bring none. */
  timeout: number;
}

/** Makes the client of a service. */
export function createServiceClient<S extends DescService>(service: S, context: CallContext): ServiceClient<S> {
  const calls = service.methods.map((method) => {
    const call = isStream(method) ? streamCall(context, method) : unaryCall(context, method as DescMethodUnary);
    return [method.localName, Object.assign(call, { desc: method })];
  });
  return Object.freeze(Object.fromEntries(calls)) as ServiceClient<S>;
}

function isStream(method: DescMethod): method is DescMethodServerStreaming {
  return method.methodKind === "server_streaming";
}

function unaryCall(context: CallContext, method: DescMethodUnary) {
  return async (init: MessageInitShape<DescMessage>, options: CallOptions = {}) => {
    const request = Buffer.from(toBinary(method.input, withRequestId(method, init)));
    const deadline = Date.now() + (options.timeout ?? context.timeout);
    for (let attempt = 1; ; attempt++) {
      try {
        return await callOnce(context, method, request, deadline, options.signal);
      } catch (thrown) {
        const error = errorFromGrpc(thrown, path(method));
        const wait = backoff(context.retry, attempt, error);
        const again = attempt < context.retry.maxAttempts && mayRetry(method, error);
        if (!again || Date.now() + wait >= deadline) throw error;
        await sleep(wait, options.signal).catch(() => {
          throw cancelled(method);
        });
      }
    }
  };
}

// The id is chosen once, before the first attempt: it is what makes the second one harmless.
function withRequestId(method: DescMethod, init: MessageInitShape<DescMessage>) {
  const request = create(method.input, init) as MessageShape<DescMessage> & { requestId?: string };
  if (method.input.field["requestId"] && !request.requestId) request.requestId = randomUUID();
  return request;
}

function callOnce(
  context: CallContext,
  method: DescMethodUnary,
  request: Buffer,
  deadline: number,
  signal?: AbortSignal,
): Promise<MessageShape<DescMessage>> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(cancelled(method));
      return;
    }
    const call = context.channel.makeUnaryRequest(
      path(method),
      identity,
      (bytes: Buffer) => fromBinary(method.output, bytes),
      request,
      context.metadata,
      { deadline },
      (error, response) => {
        signal?.removeEventListener("abort", onAbort);
        if (error) reject(error);
        else resolve(response as MessageShape<DescMessage>);
      },
    );
    const onAbort = () => call.cancel();
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

function streamCall(context: CallContext, method: DescMethodServerStreaming) {
  return async function* (init: MessageInitShape<DescMessage>, options: CallOptions = {}) {
    const { signal, timeout } = options;
    if (signal?.aborted) throw cancelled(method);
    const grpcOptions: GrpcCallOptions = timeout === undefined ? {} : { deadline: Date.now() + timeout };
    const call: ClientReadableStream<MessageShape<DescMessage>> = context.channel.makeServerStreamRequest(
      path(method),
      identity,
      (bytes: Buffer) => fromBinary(method.output, bytes),
      Buffer.from(toBinary(method.input, create(method.input, init))),
      context.metadata,
      grpcOptions,
    );
    const onAbort = () => call.cancel();
    signal?.addEventListener("abort", onAbort, { once: true });
    // After the loop is left, nobody listens for the status of the cancelled call, which would end the process.
    call.on("error", () => undefined);
    try {
      yield* call;
    } catch (thrown) {
      throw errorFromGrpc(thrown, path(method));
    } finally {
      signal?.removeEventListener("abort", onAbort);
      call.cancel();
    }
  };
}

function cancelled(method: DescMethod): ColloquyError {
  return new ColloquyError("CANCELLED", "The caller gave up.", [], path(method));
}

function path(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function identity(bytes: Buffer): Buffer {
  return bytes;
}
