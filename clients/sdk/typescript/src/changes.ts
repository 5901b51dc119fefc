// Change feeds that survive what happens to connections.
import type { MessageInitShape } from "@bufbuild/protobuf";

import { type Code, ColloquyError } from "./errors.js";
import type {
  StreamChangesRequestSchema,
  StreamChangesResponse,
  StreamChangesResponseSchema,
} from "./gen/colloquy/changes/v1/changes_pb.js";
import { backoff, type RetryPolicy, sleep } from "./retry.js";
import type { StreamCall } from "./service_client.js";

/** A service's StreamChanges. */
export type ChangesCall = StreamCall<typeof StreamChangesRequestSchema, typeof StreamChangesResponseSchema>;

/** Options of a followed feed. */
export interface FollowOptions {
  /** Ends the stream when aborted: the loop over it then ends without an error. */
  signal?: AbortSignal;
}

// A server that sends checkpoints and then nothing for this many of their intervals is gone, though its
// connection may look alive.
const silentIntervals = 4;

/**
 * Follows a feed for ever: after a lost connection, a stopping server, or having fallen behind, it goes on after the
 * last answer that was handed out, so that no change is missed and none is seen twice. Store `cursor` of each answer
 * after handling it, to go on there after a restart.
 *
 * With `fromNow`, changes made before the first answer arrives can be missed if the connection breaks that early.
 *
 * Fails on what waiting does not mend: a refused key, or a cursor too old (CURSOR_TOO_OLD: read the resources
 * themselves, then start with `fromNow`).
 */
export async function* followChanges(
  stream: ChangesCall,
  request: MessageInitShape<typeof StreamChangesRequestSchema>,
  policy: RetryPolicy,
  options: FollowOptions = {},
): AsyncGenerator<StreamChangesResponse, void, undefined> {
  const checkpointSeconds = request.checkpointSeconds || 15;
  let resume = { ...request, checkpointSeconds };
  let failures = 0;
  while (!options.signal?.aborted) {
    const attempt = new AbortController();
    const stop = () => attempt.abort();
    options.signal?.addEventListener("abort", stop, { once: true });
    const silence = watchdog(checkpointSeconds * 1000 * silentIntervals, stop);
    let failure = new ColloquyError("UNAVAILABLE", "The server ended the stream.", [], stream.desc.name);
    try {
      for await (const answer of stream(resume, { signal: attempt.signal })) {
        // Only the server's silence counts, not the time that the caller takes.
        silence.stop();
        failures = 0;
        resume = { ...resume, cursor: answer.cursor, fromNow: false };
        yield answer;
        silence.start();
      }
    } catch (thrown) {
      // A silent stream was ended here, so its CANCELLED is a lost connection too.
      if (!attempt.signal.aborted && !mayResume(thrown)) throw thrown;
      failure = thrown as ColloquyError;
    } finally {
      silence.stop();
      options.signal?.removeEventListener("abort", stop);
    }
    failures++;
    await sleep(backoff(policy, failures, failure), options.signal).catch(() => undefined);
  }
}

// Without a reason the failure is not the server's own answer: the connection or something on its way broke.
const lostConnection: ReadonlySet<Code> = new Set<Code>(["UNAVAILABLE", "INTERNAL", "CANCELLED"]);

function mayResume(thrown: unknown): boolean {
  if (!(thrown instanceof ColloquyError)) return false;
  if (thrown.reason === "") return lostConnection.has(thrown.code);
  return thrown.code === "UNAVAILABLE" || thrown.reason === "CONSUMER_TOO_SLOW";
}

function watchdog(milliseconds: number, onSilence: () => void) {
  const start = () => setTimeout(onSilence, milliseconds);
  let timer = start();
  return {
    start() {
      timer = start();
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
