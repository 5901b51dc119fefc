// The `colloquy` command line, run as a user's script would.
import { spawn } from "node:child_process";
import { join } from "node:path";

/** Runs a program to its end: `{code, stdout, stderr}`. */
export function run(program, args, { input = "", env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    const out = [];
    const err = [];
    child.stdout.on("data", (chunk) => out.push(chunk));
    child.stderr.on("data", (chunk) => err.push(chunk));
    child.once("error", reject);
    child.once("close", (code, signal) => {
      resolve({ code: code ?? signal, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
    });
    // A program may end without reading its input; its exit code says whether that was right.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

/** The command line against `server` with `key`, for `organizer`. It sees no settings of whoever runs the tests. */
export function commandLine(folder, server, key, organizer) {
  const env = {
    HOME: folder,
    COLLOQUY_CONFIG: join(folder, "cli.yaml"),
    COLLOQUY_SERVER: server,
    COLLOQUY_API_KEY: key,
    COLLOQUY_ORGANIZER: organizer,
  };
  const colloquy = (args, options) => run(join(process.env.COLLOQUY_BIN, "colloquy"), args, { ...options, env });
  return {
    /** Its settings, for whoever runs it otherwise. */
    env,
    /** Runs and gives code and outputs. */
    colloquy,
    /** Runs what must succeed, and gives its JSON. */
    async json(...args) {
      const { code, stdout, stderr } = await colloquy([...args, "-o", "json"]);
      if (code !== 0) throw new Error(`colloquy ${args.join(" ")} ended with ${code}:\n${stderr}${stdout}`);
      try {
        return JSON.parse(stdout);
      } catch (error) {
        throw new Error(`colloquy ${args.join(" ")} printed no JSON (${error.message}):\n${stdout}`);
      }
    },
  };
}
