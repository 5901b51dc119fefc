// When to call again, and how long to wait before it.
import { type DescMethod, getOption, hasOption } from "@bufbuild/protobuf";

import type { ColloquyError, Reason } from "./errors.js";
import { http } from "./gen/google/api/annotations_pb.js";

/** How failed calls are repeated. Times are in milliseconds. */
export interface RetryPolicy {
  /** Attempts in all, the first included; 1 turns retries off. */
  maxAttempts: number;
  /** Longest wait before the second attempt; doubled with each further one. */
  initialBackoff: number;
  /** Longest wait that this client chooses itself. A server that asks for more gets it. */
  maxBackoff: number;
}

export const defaultRetryPolicy: RetryPolicy = { maxAttempts: 6, initialBackoff: 100, maxBackoff: 5_000 };

// The server sends these only when it has not begun, so that even what must not happen twice may be repeated.
const nothingDone: ReadonlySet<Reason | ""> = new Set<Reason>([
  "DATABASE_UNAVAILABLE",
  "PEER_UNAVAILABLE",
  "SERVER_STOPPING",
]);

/** Whether calling twice has the effect of calling once: the method only reads, or has a request id. */
export function isRepeatable(method: DescMethod): boolean {
  const reads = hasOption(method, http) && getOption(method, http).pattern.case === "get";
  return reads || method.input.field["requestId"] !== undefined;
}

/** Whether `error` of `method` may be answered by calling again. */
export function mayRetry(method: DescMethod, error: ColloquyError): boolean {
  switch (error.code) {
    case "UNAVAILABLE":
      return isRepeatable(method) || nothingDone.has(error.reason);
    case "RESOURCE_EXHAUSTED":
      // Refused before anything was done, and told when to come back (RATE_LIMITED, OVERLOADED).
      return error.retryDelay !== undefined;
    default:
      return false;
  }
}

/**
 * Milliseconds to wait after failed attempt number `attempt` (from 1): random up to a bound that doubles, so that
 * clients which failed together do not come back together; at least what the server asked for.
 */
export function backoff(policy: RetryPolicy, attempt: number, error: ColloquyError, random = Math.random): number {
  const bound = Math.min(policy.maxBackoff, policy.initialBackoff * 2 ** (attempt - 1));
  return (error.retryDelay ?? 0) + bound * random();
}

/** Waits; rejects with the signal's reason when it is aborted. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
