/** kill -9 at any instant: the work goes on, nothing accepted is lost and nothing finished is redone. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { type ChildProgram, type ProgramLine, startProgram } from "./support/child-program.ts";
import { attach, request, type SendAnswer, send } from "./support/ingress-client.ts";
import { createSeededRandom, type SeededRandom } from "./support/random.ts";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";

const partCount = 100;
const runCount = 3 * partCount + 2;
/** Each run is executed, and its result is seen. */
const progressMax = 2 * runCount;
const full = process.env.REJOIN_TEST_FULL === "1";
const killCount = full ? 20 : 10;
const startUpKillCount = full ? 3 : 2;
const sendRoundCount = full ? 5 : 3;
const sendsPerRoundMax = 60;

interface RunLine extends ProgramLine {
  readonly pid: number;
  readonly id: string;
  readonly run: string;
  readonly token: string;
}

interface Whole {
  readonly tokens: readonly string[];
  readonly parts: readonly {
    readonly index: number;
    readonly id: string;
    readonly tokens: readonly string[];
  }[];
}

/** When a process is killed: by itself upon a line, by us when we read one, or in its start-up. */
type Kill =
  | {
      readonly kind: "itself" | "byUs";
      /** How many new lines it takes: a share of what is fair for this process. */
      readonly share: number;
      /** Few, so that the fan-out makes progress in small steps, or one for every part. */
      readonly attemptsMax: number;
    }
  | { readonly kind: "startUp"; readonly event: "opening" | "ready" };

it("a fan-out killed again and again ends right, and no finished run is executed again", async () => {
  const random = createSeededRandom();
  const kills = planKills(random);
  console.log(`crash: REJOIN_SEED=${random.seed}, kills: ${kills.map(describeKill).join(", ")}`);
  const directory = await createTemporaryDirectory();
  onTestFinished(() => directory.remove());
  const paths = [join(directory.path, "data"), join(directory.path, "runs.log")];

  /** The executions and the sights of results that any process has told of. */
  const progress = new Set<string>();
  const progressAtKills: number[] = [];
  for (const [i, kill] of kills.entries()) {
    await runUntilKilled(paths, kill, progress, kills.length - i);
    progressAtKills.push(progress.size);
  }
  const last = startProgram({ program: "fan-out", args: [...paths, "1000"] });
  onTestFinished(() => last.kill().then(() => undefined));
  const result = await request(`${await last.ingressUrl()}/fan/out`, fanOutCall);
  expect(result.status).toBe(200);
  await last.close();

  const lines = await readRunLog(paths[1]);
  console.log(
    `crash: progress of ${progressMax} at each kill: ${progressAtKills.join(" ")}; ${summary(lines)}`,
  );
  expect(new Set(progressAtKills).size, "kills at different times").toBeGreaterThan(killCount / 2);
  assertRightResult(result.json() as Whole, lines);
  assertNothingRedone(lines);
}, 120_000);

const fanOutCall = { headers: { "idempotency-key": "the fan-out" }, body: partCount };

function planKills(random: SeededRandom): Kill[] {
  const kills = Array.from(
    { length: killCount },
    (): Kill => ({
      kind: random.pick(["itself", "itself", "byUs"]),
      share: 2 * random.next(),
      attemptsMax: random.pick([2, 3, 5, 8, 1000]),
    }),
  );
  for (let i = 0; i < startUpKillCount; i++) {
    const event = random.pick(["opening", "ready"]);
    kills.splice(random.integer(1, kills.length), 0, { kind: "startUp", event });
  }
  return kills;
}

/** Lets a process work until its kill. */
async function runUntilKilled(
  paths: readonly string[],
  kill: Kill,
  progress: Set<string>,
  killsLeft: number,
): Promise<void> {
  const fair = (progressMax - progress.size) / (killsLeft + 1);
  const newLines = kill.kind === "startUp" ? 0 : Math.max(1, Math.floor(kill.share * fair));
  // There may be nothing new left to wait for.
  const isSuicide = kill.kind === "itself" && progress.size + newLines <= progressMax;
  const wanted = progress.size + newLines;
  const program: ChildProgram = startProgram({
    program: "fan-out",
    args: [
      ...paths,
      String(kill.kind === "startUp" ? 8 : kill.attemptsMax),
      ...(isSuicide ? [String(newLines)] : []),
    ],
    onLine: ({ event, id, run }) => {
      if (id !== undefined) progress.add(`${event} ${id} ${run}`);
      if (kill.kind === "startUp" ? event === kill.event : progress.size >= wanted) {
        if (!isSuicide) void program.kill();
      }
    },
  });
  onTestFinished(() => program.kill().then(() => undefined));
  if (kill.kind !== "startUp") {
    // The first call starts the fan-out, the others join it. One is answered only if all is done.
    const url = await program.ingressUrl().catch(() => undefined);
    const answered =
      url !== undefined &&
      (await request(`${url}/fan/out`, fanOutCall).then(
        () => true,
        () => false,
      ));
    if (answered) await program.kill();
  }
  expect(await program.ended).toMatchObject({ signal: "SIGKILL" });
  // The line that it died of is in the log file alone.
  for (const { event, id, run } of await readRunLog(paths[1]))
    progress.add(`${event} ${id} ${run}`);
}

async function readRunLog(path: string | undefined): Promise<RunLine[]> {
  const text = await readFile(path ?? "", "utf8").catch(() => "");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as RunLine);
}

/** Every part is there once, in order, with the tokens that its handlers have seen. */
function assertRightResult(whole: Whole, lines: readonly RunLine[]): void {
  expect(whole.parts.map(({ index }) => index)).toEqual(
    Array.from({ length: partCount }, (_, i) => i),
  );
  const seen = new Map<string, string>();
  for (const { event, id, run, token } of lines) {
    if (event !== "acknowledged") continue;
    const known = seen.get(`${id} ${run}`);
    expect(known ?? token, `the result of ${run} of ${id}`).toBe(token);
    seen.set(`${id} ${run}`, token);
  }
  expect(seen.size).toBe(runCount);
  for (const { id, tokens } of whole.parts) {
    expect(tokens).toEqual(["first", "second", "third"].map((run) => seen.get(`${id} ${run}`)));
  }
  const { id } = lines.find(({ run }) => run === "split") ?? { id: "" };
  expect(whole.tokens).toEqual(["split", "join"].map((run) => seen.get(`${id} ${run}`)));
}

/** No run is executed after its result was seen, nor twice in one process. */
function assertNothingRedone(lines: readonly RunLine[]): void {
  const acknowledged = new Set<string>();
  const executed = new Set<string>();
  const redone: string[] = [];
  for (const { event, pid, id, run } of lines) {
    const key = `${id} ${run}`;
    if (event === "acknowledged") acknowledged.add(key);
    else {
      if (acknowledged.has(key)) redone.push(`${key} after its result was seen`);
      if (executed.has(`${pid} ${key}`)) redone.push(`${key} twice in process ${pid}`);
      executed.add(`${pid} ${key}`);
    }
  }
  expect(redone).toEqual([]);
}

it("what was accepted right before a kill is there after it", async () => {
  const random = createSeededRandom();
  console.log(`crash: REJOIN_SEED=${random.seed}`);
  const directory = await createTemporaryDirectory();
  onTestFinished(() => directory.remove());
  const paths = [join(directory.path, "data"), join(directory.path, "runs.log")];
  const accepted = new Map<string, SendAnswer>();
  let unanswered: readonly string[] = [];

  for (let round = 0; round <= sendRoundCount; round++) {
    const program = startProgram({ program: "fan-out", args: [...paths, "8"] });
    onTestFinished(() => program.kill().then(() => undefined));
    const url = `${await program.ingressUrl()}/fan/part/send`;
    // What was not answered before the last kill may or may not be there: it is sent again.
    for (const key of unanswered) accepted.set(key, await sendPart(url, key));
    await assertAllThere(await program.ingressUrl(), accepted);
    if (round === sendRoundCount) continue;

    // Callers side by side, one request after the other, until the server is gone.
    const wanted = accepted.size + random.integer(1, sendsPerRoundMax);
    const callers = Array.from({ length: 8 }, async (_, caller) => {
      for (let i = 0; program.isAlive; i++) {
        const key = `${round} ${caller} ${i}`;
        const answer = await sendPart(url, key).catch(() => undefined);
        if (answer === undefined) return key;
        accepted.set(key, answer);
        if (accepted.size >= wanted) void program.kill();
      }
      return undefined;
    });
    unanswered = (await Promise.all(callers)).filter((key) => key !== undefined);
    await program.ended;
    expect(accepted.size).toBeGreaterThanOrEqual(wanted);
  }
  console.log(`crash: ${accepted.size} sends accepted over ${sendRoundCount} kills, all there`);
  assertNothingRedone(await readRunLog(paths[1]));
}, 120_000);

/** Sends a part whose index is the last number of its idempotency key. */
function sendPart(url: string, key: string): Promise<SendAnswer> {
  return send(url, { headers: { "idempotency-key": key }, body: Number(key.split(" ").at(-1)) });
}

/** The server knows every one of them, and completes it. */
async function assertAllThere(
  ingressUrl: string,
  accepted: ReadonlyMap<string, SendAnswer>,
): Promise<void> {
  await Promise.all(
    [...accepted].map(async ([key, { invocationId }]) => {
      const answer = await attach(ingressUrl, invocationId);
      expect(answer.status, `${key}: ${answer.text}`).toBe(200);
      expect(answer.json()).toMatchObject({
        index: Number(key.split(" ").at(-1)),
        id: invocationId,
      });
    }),
  );
}

function summary(lines: readonly RunLine[]): string {
  const executions = lines.filter(({ event }) => event === "executed").length;
  const processes = new Set(lines.map(({ pid }) => pid)).size;
  return `${executions} executions of ${runCount} runs in ${processes} processes`;
}

function describeKill(kill: Kill): string {
  if (kill.kind === "startUp") return kill.event;
  return `${kill.kind} x${kill.share.toFixed(2)} of ${kill.attemptsMax}`;
}
