/** A data directory that is damaged, newer, in use or not there is refused in words that help. */
import { cp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type RunningServer, type StartOptions, start } from "@rejoin/server";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startProgram } from "./support/child-program.ts";
import {
  type DataFile,
  findDataFile,
  flipByte,
  raiseFormat,
  zeroPage,
} from "./support/data-files.ts";
import { attach, call, output, request, send } from "./support/ingress-client.ts";
import {
  createTemporaryDirectory,
  type TemporaryDirectory,
} from "./support/temporary-directory.ts";
import { tools } from "./support/tools-service.ts";

let temporary: TemporaryDirectory;
/** Several megabytes, in tables and, the last third, in the log; closed properly. */
let sample: string;
const sampleIds: string[] = [];

const sessionCount = 3;
const payload = "payload ".repeat(8_000);
const payloadsPerSession = 40;

beforeAll(async () => {
  temporary = await createTemporaryDirectory();
  sample = join(temporary.path, "sample");
  for (let session = 0; session < sessionCount; session++) {
    const server = await open(sample);
    // One after the other, so that each is whole at some place of the files.
    for (let i = 0; i < payloadsPerSession; i++) {
      const answer = await request(`${server.ingressUrl}/tools/keep`, { body: payload });
      expect(answer.json()).toBe(payload.length);
      sampleIds.push(answer.headers.get("x-restate-id") ?? "");
    }
    await server.close();
  }
});
afterAll(() => temporary.remove());

function open(dataDir: string, options: Partial<StartOptions> = {}): Promise<RunningServer> {
  return start({ services: [tools], dataDir, name: "tools", log: () => undefined, ...options });
}

async function copySample(): Promise<string> {
  const copy = await createTemporaryDirectory();
  onTestFinished(() => copy.remove());
  const dataDir = join(copy.path, "data");
  await cp(sample, dataDir, { recursive: true });
  return dataDir;
}

interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** Starts a server, which must be refused. */
async function refusal(dataDir: string): Promise<Refusal> {
  const error: unknown = await open(dataDir).then(
    async (server) => {
      await server.close();
      throw new Error("the server has started");
    },
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  return error as Error & Refusal;
}

/** Starts in spite of the damage; gives how many of the sample's results are still there. */
async function resultsLeft(dataDir: string): Promise<number> {
  const server = await open(dataDir, { acceptDataLoss: true });
  try {
    expect(await call(`${server.ingressUrl}/tools/relay`, "works")).toBe("works");
    const answers = await Promise.all(sampleIds.map((id) => output(server.ingressUrl, id)));
    for (const { status, text } of answers) expect([200, 404], text).toContain(status);
    return answers.filter(({ status }) => status === 200).length;
  } finally {
    await server.close();
  }
}

it("opens what is sound, with everything in it", async () => {
  expect((await findDataFile(sample, "table")).size).toBeGreaterThan(1_000_000);
  expect((await findDataFile(sample, "log")).size).toBeGreaterThan(1_000_000);
  const dataDir = await copySample();
  expect(await resultsLeft(dataDir)).toBe(sampleIds.length);
});

describe.each(["log", "table"] as const)("a damaged %s file", (kind) => {
  const damages: [string, (file: DataFile) => Promise<void>][] = [
    ["with a byte flipped", (file) => flipByte(file, Math.floor(file.size / 2))],
    ["with 4 KiB zeroed", (file) => zeroPage(file, Math.floor(file.size / 2))],
    ["that is gone", (file) => rm(file.path)],
  ];

  it.each(damages)("%s is refused by name, and given up on demand", async (_, damage) => {
    const dataDir = await copySample();
    const file = await findDataFile(dataDir, kind);
    await damage(file);
    const { code, message } = await refusal(dataDir);
    expect(code).toBe("DATA_CORRUPTION");
    expect(message).toContain(`file ${file.name} is `);
    expect(message).toContain(dataDir);
    expect(message).toContain("restore it from a backup, or set acceptDataLoss to start");

    // Refusing changes nothing: it is refused again.
    expect(await refusal(dataDir)).toMatchObject({ code, message });
    const left = await resultsLeft(dataDir);
    expect(left).toBeLessThan(sampleIds.length);
    // The loss was accepted once and for all.
    const server = await open(dataDir);
    expect(await call(`${server.ingressUrl}/tools/relay`, "again")).toBe("again");
    await server.close();
  });
});

it("a newer format is refused, with what to do", async () => {
  const dataDir = await copySample();
  await raiseFormat(dataDir);
  const { code, message } = await refusal(dataDir);
  expect(code).toBe("UNSUPPORTED_FORMAT");
  expect(message).toContain(`${dataDir} has format 99`);
  expect(message).toContain("use a newer version");
});

it("a directory with other files is refused", async () => {
  const other = await createTemporaryDirectory();
  onTestFinished(() => other.remove());
  await writeFile(join(other.path, "holiday.jpg"), "");
  const { code, message } = await refusal(other.path);
  expect(code).toBe("UNSUPPORTED_FORMAT");
  expect(message).toContain("holiday.jpg");
  expect(message).toContain("use an empty directory");
});

it("a log that lost acknowledged writes at its end is refused, naming the gap", async () => {
  const dataDir = await copySample();
  const log = await findDataFile(dataDir, "log");
  await truncate(log.path, log.size - 100);
  const { code, message } = await refusal(dataDir);
  expect(code).toBe("DATA_CORRUPTION");
  expect(message).toMatch(/writes \d+ to \d+ are missing/);
  expect(await resultsLeft(dataDir)).toBeGreaterThanOrEqual(sampleIds.length - 1);
});

it("a torn tail after kill -9 is recovered, and the work is completed", async () => {
  const directory = await createTemporaryDirectory();
  onTestFinished(() => directory.remove());
  const dataDir = join(directory.path, "data");
  const program = startProgram({ program: "serve-tools", args: [dataDir] });
  onTestFinished(() => program.kill().then(() => undefined));
  const url = await program.ingressUrl();
  await call(`${url}/tools/relay`, "warm");
  // What is known durable is noted a little later than it is so: the tail is beyond this note.
  const notePath = join(dataDir, "durable-commit");
  const note = await readFile(notePath, "utf8").catch(() => undefined);
  const key = { "idempotency-key": "torn" };
  const fanOut = { headers: key, body: { count: 50, payload } };
  const { invocationId } = await send(`${url}/tools/fanOut/send`, fanOut);
  await program.kill();

  const log = await findDataFile(dataDir, "log");
  await truncate(log.path, log.size - 1_000);
  if (note === undefined) await rm(notePath, { force: true });
  else await writeFile(notePath, note);

  const server = await open(dataDir);
  onTestFinished(() => server.close());
  // If the tail held its birth, it was not known durable: the same request is made again.
  const again = await send(`${server.ingressUrl}/tools/fanOut/send`, fanOut);
  expect(again.invocationId).toBe(invocationId);
  const result = (await attach(server.ingressUrl, invocationId)).json() as string[];
  expect(result).toEqual(Array.from({ length: 50 }, (_, i) => `${i}:${payload}`));
});

it("a second server on the same directory is refused, in this process or another one", async () => {
  const directory = await createTemporaryDirectory();
  onTestFinished(() => directory.remove());
  const dataDir = join(directory.path, "data");
  const server = await open(dataDir);
  onTestFinished(() => server.close());
  const { code, message } = await refusal(dataDir);
  expect(code).toBe("IN_USE");
  expect(message).toContain(`the store in ${dataDir} is in use`);
  expect(message).toMatch(/close the other process, or use another directory/);

  const other = startProgram({ program: "serve-tools", args: [dataDir] });
  onTestFinished(() => other.kill().then(() => undefined));
  expect(await other.line("refused")).toMatchObject({ code, message });
  await other.close();

  // Neither attempt has disturbed the one that has it, and it is free when that one has closed.
  expect(await call(`${server.ingressUrl}/tools/relay`, "mine")).toBe("mine");
  await server.close();
  const next = startProgram({ program: "serve-tools", args: [dataDir] });
  onTestFinished(() => next.kill().then(() => undefined));
  await next.ingressUrl();
  expect(await refusal(dataDir)).toMatchObject({ code: "IN_USE" });
});

it("a directory that cannot be made is refused, with its path", async () => {
  const directory = await createTemporaryDirectory();
  onTestFinished(() => directory.remove());
  const file = join(directory.path, "file");
  await writeFile(file, "");
  for (const dataDir of [file, join(file, "data"), "/proc/rejoin"]) {
    const { code, message } = await refusal(dataDir);
    expect(code).toBe("NOT_WRITABLE");
    expect(message).toContain(`the directory ${dataDir} cannot be written`);
  }
});

it("makes a directory that is missing, with its parents", async () => {
  const directory = await createTemporaryDirectory();
  onTestFinished(() => directory.remove());
  const server = await open(join(directory.path, "a", "b", "c"));
  onTestFinished(() => server.close());
  expect((await request(`${server.ingressUrl}/restate/health`, { method: "GET" })).status).toBe(
    200,
  );
});
