// Generates src/gen from the contract with protoc and protoc-gen-es.
//
// PROTOC names another protoc; COLLOQUY_GOOGLE_PROTOS another folder with the google/* protos.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const room = join(dirname(fileURLToPath(import.meta.url)), "..");
const contract = join(room, "../../../proto");
const google = process.env.COLLOQUY_GOOGLE_PROTOS ?? join(contract, "node_modules/google-gax/build/protos");
const out = join(room, "src/gen");

// What the contract imports; google/protobuf comes with @bufbuild/protobuf.
const googleFiles = [
  "google/api/annotations.proto",
  "google/api/client.proto",
  "google/api/field_behavior.proto",
  "google/api/http.proto",
  "google/api/launch_stage.proto",
  "google/api/resource.proto",
  "google/longrunning/operations.proto",
  "google/rpc/error_details.proto",
  "google/rpc/status.proto",
  "google/type/date.proto",
  "google/type/latlng.proto",
  "google/type/postal_address.proto",
];

function fail(message) {
  console.error(`generate: ${message}`);
  process.exit(1);
}

function protosBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return protosBelow(path);
    return entry.name.endsWith(".proto") ? [relative(contract, path)] : [];
  });
}

if (!existsSync(join(google, "google/api/annotations.proto"))) {
  fail(`no google/* protos in ${google}. Run 'npm ci' in proto/, or set COLLOQUY_GOOGLE_PROTOS.`);
}
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const protoc = process.env.PROTOC ?? "protoc";
const run = spawnSync(
  protoc,
  [
    `-I${contract}`,
    `-I${google}`,
    `--plugin=protoc-gen-es=${join(room, "node_modules/.bin/protoc-gen-es")}`,
    `--es_out=${out}`,
    "--es_opt=target=ts,import_extension=js",
    ...protosBelow(join(contract, "colloquy")),
    ...googleFiles,
  ],
  { stdio: "inherit" },
);
if (run.error) fail(`${protoc} does not start (${run.error.message}). Debian's package is protobuf-compiler.`);
process.exit(run.status ?? 1);
