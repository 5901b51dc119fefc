// What a journey stands on: its options, its end, and checks that say what they saw.
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";

import { ColloquyError } from "@colloquy/sdk";

const skipCode = 77;

class Skip extends Error {}

/** Ends the journey as skipped, for `reason`. */
export function skip(reason) {
  throw new Skip(reason);
}

/** Skips unless a file or folder exists. */
export function needsFile(path) {
  if (!existsSync(path)) skip(`missing file ${path}`);
}

/**
 * Runs `body(t)`. `t.engine` is sqlite or mysql, `t.separate` whether services run alone, `t.atEnd(f)` registers what
 * to undo, last first. The exit code is 0, 1 with the failure's text, or 77 for skipped.
 */
export async function journey(body) {
  const { values } = parseArgs({
    options: {
      engine: { type: "string", default: "sqlite" },
      processes: { type: "string", default: "one" },
    },
  });
  const endings = [];
  const t = {
    engine: values.engine,
    separate: values.processes === "separate",
    atEnd: (ending) => endings.unshift(ending),
  };
  if (t.engine === "mysql" && !process.env.COLLOQUY_TEST_MYSQL) {
    console.log("COLLOQUY_TEST_MYSQL is not set");
    process.exit(skipCode);
  }
  for (const signal of ["SIGTERM", "SIGINT"]) {
    process.once(signal, () => end(endings).finally(() => process.exit(1)));
  }
  let code = 0;
  try {
    await body(t);
  } catch (thrown) {
    code = thrown instanceof Skip ? skipCode : 1;
    console.log(code === skipCode ? thrown.message : describe(thrown));
  }
  if (!(await end(endings)) && code === 0) code = 1;
  process.exit(code);
}

async function end(endings) {
  let clean = true;
  for (const ending of endings.splice(0)) {
    await ending().catch((thrown) => {
      clean = false;
      console.log(`at the end: ${describe(thrown)}`);
    });
  }
  return clean;
}

function describe(thrown) {
  if (!(thrown instanceof ColloquyError)) return thrown.stack ?? String(thrown);
  const fields = thrown.fieldViolations.map(({ field, description }) => `\n  ${field}: ${description}`).join("");
  const words = JSON.stringify(thrown.metadata);
  return `${thrown.code} ${thrown.reason} ${thrown.message} ${words}${fields}\n  in ${thrown.method}, request ${thrown.requestId}\n${thrown.stack}`;
}

export function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Calls `look` until it answers without throwing, and gives its answer; for what happens shortly after a call, not in
 * it. Fails with what `look` threw last.
 */
export async function eventually(look, { within = 15_000, every = 50 } = {}) {
  const deadline = Date.now() + within;
  for (;;) {
    try {
      return await look();
    } catch (thrown) {
      if (Date.now() + every > deadline) throw thrown;
    }
    await sleep(every);
  }
}
