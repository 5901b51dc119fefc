// A server in this process that answers what a test tells it to.
import { create, type DescMessage, type DescService, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import {
  Metadata,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
} from "@grpc/grpc-js";

import type { Code } from "../errors.js";
import { ErrorInfoSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb.js";
import { StatusSchema } from "../gen/google/rpc/status_pb.js";

export interface Call {
  request: Message;
  metadata: Metadata;
  /** When the caller stops waiting. */
  deadline: Date | number;
}

/** By method; a unary one answers or throws a Failure, a streaming one writes. */
export type Handlers = Record<string, (call: Call, stream: Stream) => unknown>;

export interface Stream {
  write(message: Message): void;
  end(): void;
  fail(failure: Failure): void;
  onCancelled(listener: () => void): void;
}

export interface Failure {
  code: number;
  details: string;
  metadata: Metadata;
}

/** A failure as the server makes it: google.rpc.Status in the trailers. */
export function failure(code: Code, message: string, details: [DescMessage, Message][] = []): Failure {
  const metadata = new Metadata();
  const rich = create(StatusSchema, {
    code: status[code],
    message,
    details: details.map(([schema, detail]) => anyPack(schema, detail)),
  });
  metadata.set("grpc-status-details-bin", Buffer.from(toBinary(StatusSchema, rich)));
  return { code: status[code], details: message, metadata };
}

export function errorInfo(reason: string, metadata: Record<string, string> = {}): [DescMessage, Message] {
  return [ErrorInfoSchema, create(ErrorInfoSchema, { reason, domain: "colloquy", metadata })];
}

export function retryInfo(milliseconds: number): [DescMessage, Message] {
  const retryDelay = { seconds: BigInt(Math.trunc(milliseconds / 1000)), nanos: (milliseconds % 1000) * 1e6 };
  return [RetryInfoSchema, create(RetryInfoSchema, { retryDelay })];
}

/** Starts a server; resolves to its address and the way to stop it. */
export async function serve(services: [DescService, Handlers][], address = "127.0.0.1:0") {
  const server = new Server();
  for (const [service, handlers] of services) {
    const methods = service.methods.filter((method) => method.localName in handlers);
    if (methods.length === 0) continue;
    server.addService(
      Object.fromEntries(
        methods.map((method) => [
          method.localName,
          {
            path: `/${service.typeName}/${method.name}`,
            requestStream: false,
            responseStream: method.methodKind === "server_streaming",
            requestDeserialize: (bytes: Buffer) => fromBinary(method.input, bytes),
            requestSerialize: (message: Message) => Buffer.from(toBinary(method.input, message)),
            responseDeserialize: (bytes: Buffer) => fromBinary(method.output, bytes),
            responseSerialize: (message: Message) => Buffer.from(toBinary(method.output, message)),
          },
        ]),
      ),
      Object.fromEntries(
        methods.map((method) => {
          const handler = handlers[method.localName]!;
          return [method.localName, method.methodKind === "unary" ? unary(handler) : streaming(handler)];
        }),
      ),
    );
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}

function unary(handler: Handlers[string]) {
  return async (call: ServerUnaryCall<Message, Message>, answer: sendUnaryData<Message>) => {
    try {
      const asked = { request: call.request, metadata: call.metadata, deadline: call.getDeadline() };
      answer(null, (await handler(asked, undefined as never)) as Message);
    } catch (thrown) {
      answer(thrown as Failure);
    }
  };
}

function streaming(handler: Handlers[string]) {
  return (call: ServerWritableStream<Message, Message>) => {
    handler(
      { request: call.request, metadata: call.metadata, deadline: call.getDeadline() },
      {
        write: (message) => call.write(message),
        end: () => call.end(),
        fail: (error) => call.emit("error", error),
        onCancelled: (listener) => call.on("cancelled", listener),
      },
    );
  };
}
