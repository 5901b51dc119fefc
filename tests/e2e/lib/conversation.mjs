// The sample conversation as a dialogue: three camps of people who have voted, and the room for those who come.
import assert from "node:assert/strict";
import { join } from "node:path";

import { run } from "./cli.mjs";

const top = new URL("../../..", import.meta.url).pathname;
export const people = 150;
export const statements = 40;

/** Imports it as dialogue `id`, opens it to whoever has the link, and gives its name. Moderation comes before showing. */
export async function openSample(installation, cli, id) {
  const folder = join(installation.folder, "conversation");
  const generated = await run(join(top, "deploy/sample/conversation/generate"), [folder]);
  assert.equal(generated.code, 0, generated.stderr);
  const { code, stderr } = await cli.colloquy(["dialogues", "import", folder, "--as", id]);
  assert.equal(code, 0, stderr);
  const dialogue = await cli.json("dialogues", "show", id);
  assert.deepEqual([dialogue.participantCount, dialogue.statementCount, dialogue.state], [people, statements, "DRAFT"]);
  const opinion = await cli.json("dialogues", "analyse", id);
  assert.equal(opinion.groups.length, 3, "the three camps of the sample");
  await cli.json("dialogues", "update", id, "--admission", "join-link", "--moderation", "before");
  await cli.json("dialogues", "open", id);
  return dialogue.name;
}
