// Long-running operations (AIP-151): wait, watch, read what they carry.
import { createRegistry, type Message } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";

import { ColloquyError, errorFromStatus } from "./errors.js";
import { file_colloquy_registrations_v1_registrations } from "./gen/colloquy/registrations/v1/registrations_pb.js";
import { type Operation, type Operations } from "./gen/google/longrunning/operations_pb.js";
import { sleep } from "./retry.js";
import type { ServiceClient } from "./service_client.js";

const carried = createRegistry(file_colloquy_registrations_v1_registrations);

/** Options of a wait. */
export interface WaitOptions {
  /** Ends the wait, not the operation. */
  signal?: AbortSignal;
  /** Milliseconds between two looks; 1,000 by default. */
  interval?: number;
  /** Told of every look, with the operation's metadata (such as VerifyAllSeatsMetadata). */
  onProgress?: (metadata: Message | undefined, operation: Operation) => void;
}

/**
 * Waits until an operation is done and gives its result (such as VerifyAllSeatsResponse); fails with the operation's
 * error if it failed.
 */
export async function waitForOperation(
  operations: ServiceClient<typeof Operations>,
  name: string,
  options: WaitOptions = {},
): Promise<Message | undefined> {
  const call = options.signal ? { signal: options.signal } : {};
  for (;;) {
    const operation = await operations.getOperation({ name }, call);
    options.onProgress?.(operation.metadata && anyUnpack(operation.metadata, carried), operation);
    if (operation.result.case === "error") throw errorFromStatus(operation.result.value);
    if (operation.result.case === "response") return anyUnpack(operation.result.value, carried);
    if (operation.done) return undefined;
    await sleep(options.interval ?? 1_000, options.signal).catch(() => {
      throw new ColloquyError("CANCELLED", "The caller gave up.");
    });
  }
}
