/** A journal that the disk has damaged while the server ran: its attempts fail, and say so. */
import { randomBytes } from "node:crypto";
import { open as openFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type RunningServer, start } from "@rejoin/server";
import { expect, it, onTestFinished } from "vitest";
import { mustRegister, pollInvocation } from "./support/admin-client.ts";
import { attach, request, send } from "./support/ingress-client.ts";
import { listInvocations } from "./support/rejoin-command.ts";
import {
  bytesField,
  frame,
  numberField,
  output,
  type Script,
  startScriptedEndpoint,
} from "./support/scripted-endpoint.ts";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";

/** Text that compression leaves as it is, so that it is found in a file. */
const kept = randomBytes(12_000).toString("base64");

/** A run with that result, then a failure. */
const keepAndFail: Script = ({ stream, contentType }) => {
  stream.respond({ ":status": 200, "content-type": contentType });
  const run = frame(0x0411, numberField(11, 1));
  const proposal = frame(0x0005, Buffer.concat([numberField(1, 1), bytesField(14, kept)]));
  const error = frame(0x0002, Buffer.concat([numberField(1, 500), bytesField(2, "later")]));
  stream.end(Buffer.concat([run, proposal, error]));
};

/** Answers when it has received what was kept, and not before. */
const answerWhenReplayed: Script = ({ stream, contentType }) => {
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    const before = bytes;
    bytes += chunk.length;
    if (before > kept.length || bytes <= kept.length) return;
    stream.respond({ ":status": 200, "content-type": contentType });
    stream.end(Buffer.concat([output(Buffer.from('"whole"')), frame(0x0003)]));
  });
};

it("RT0006: attempts fail that need it, others do not, and it is whole again when mended", async () => {
  const directory = await createTemporaryDirectory();
  onTestFinished(() => directory.remove());
  const dataDir = join(directory.path, "data");
  const options = {
    retryPolicyInitialInterval: 30,
    retryPolicyMaxInterval: 60,
    retryPolicyMaxAttempts: 100_000,
  };
  const endpoint = await startScriptedEndpoint({ name: "Keeper", options });
  onTestFinished(() => endpoint.close());
  const sound = await startScriptedEndpoint({ name: "Sound" });
  onTestFinished(() => sound.close());

  const first = await open(dataDir);
  await mustRegister(first.adminUrl, endpoint.url);
  await mustRegister(first.adminUrl, sound.url);
  endpoint.script = keepAndFail;
  const { invocationId } = await send(`${first.ingressUrl}/Keeper/echo/send`, { body: 1 });
  await pollInvocation(
    first.adminUrl,
    invocationId,
    ({ last_failure_error_code }) => last_failure_error_code === "RT0007",
  );
  await endpoint.close();
  await first.close();

  // What the log held is in a table now.
  const server = await open(dataDir);
  const mend = await damageJournal(dataDir);
  endpoint.script = answerWhenReplayed;
  await endpoint.reopen();
  await expect
    .poll(() => listInvocations(server.adminUrl, "Keeper"), { timeout: 10_000 })
    .toMatchObject([
      {
        id: invocationId,
        status: "backing-off",
        last_failure_error_code: "RT0006",
        last_failure: expect.stringContaining("the journal cannot be read: "),
      },
    ]);
  const other = await request(`${server.ingressUrl}/Sound/echo`, { body: "sound" });
  expect(other.json()).toBe("sound");

  await mend();
  expect((await attach(server.ingressUrl, invocationId)).json()).toBe("whole");
});

async function open(dataDir: string): Promise<RunningServer> {
  const server = await start({ services: [], dataDir, log: () => undefined });
  onTestFinished(() => server.close());
  return server;
}

/** Inverts a bit in the middle of what was kept, where a table holds it. The result undoes it. */
async function damageJournal(dataDir: string): Promise<() => Promise<void>> {
  const needle = kept.slice(8000, 8064);
  const names = (await readdir(dataDir)).filter((name) => name.endsWith(".ldb"));
  for (const name of names) {
    const path = join(dataDir, name);
    const at = (await readFile(path)).indexOf(needle);
    if (at < 0) continue;
    await flipBit(path, at);
    return () => flipBit(path, at);
  }
  throw new Error(`none of ${names.length} tables holds the journal`);
}

/** In place: the server has the file open. */
async function flipBit(path: string, position: number): Promise<void> {
  const file = await openFile(path, "r+");
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, position);
  byte[0] = (byte[0] ?? 0) ^ 0x10;
  await file.write(byte, 0, 1, position);
  await file.close();
}
