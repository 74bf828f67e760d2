/**
 * The guide's worker on the official SDKs of other languages, against the server as it is installed.
 *
 * Their packages are installed by `npm run test:full`; other runs use what is there.
 */
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { call } from "./support/ingress-client.ts";
import { type Installation, install } from "./support/interop/installation.ts";
import type { Language } from "./support/interop/language.ts";
import { LANGUAGES } from "./support/interop/languages.ts";
import { listInvocations, rejoin, startRejoinServer } from "./support/rejoin-command.ts";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";
import { startCommand } from "./support/watched-process.ts";

const INSTALL_TIMEOUT_MS = 20 * 60_000;
const TIMEOUT_MS = 90_000;
const mayInstall = process.env.REJOIN_TEST_FULL === "1";

const TASK = { description: "get out of bed,shower,make coffee,have breakfast" };
const RESULT = {
  description: "get out of bed: DONE,shower: DONE,make coffee: DONE,have breakfast: DONE",
};

for (const language of LANGUAGES) {
  describe(`the guide's worker on the SDK for ${language.name}`, () => testSdk(language));
}

function testSdk(language: Language): void {
  let installation: Installation;

  beforeAll(async () => {
    installation = await install(language, mayInstall);
    if (installation.kind === "missing") {
      console.warn(`\n*** NOT TESTED: ${language.name} SDK. ${installation.reason} ***\n`);
    }
  }, INSTALL_TIMEOUT_MS);

  // With 0 it is suspended whenever it waits, and replays its journal when it goes on.
  it.for([
    ["1m", "7"],
    ["0ms", "7"],
    ["0ms", "5"],
  ] as const)(
    "gives the result with an inactivity timeout of %s, at protocol version %s at most",
    { timeout: TIMEOUT_MS },
    async ([inactivityTimeout, protocolVersion], context) => {
      if (installation.kind === "missing") return context.skip(installation.reason);
      const variables = {
        REJOIN_DEFAULT_INACTIVITY_TIMEOUT: inactivityTimeout,
        REJOIN_MAX_PROTOCOL_VERSION: protocolVersion,
      };
      const server = await startRejoinServer({ dataDir: await temporaryPath(), variables });
      const uri = await startWorker(language, installation);
      const registered = await rejoin(server, "deployments", "register", uri, "--yes");
      expect(registered).toContain("FanOutWorker");

      let invocationCount = 0;
      for (const [handler, subtaskInvocations] of language.handlers) {
        expect(await call(`${server.ingressUrl}/FanOutWorker/${handler}`, TASK)).toEqual(RESULT);
        invocationCount += 1 + subtaskInvocations;
      }
      const invocations = await listInvocations(server.adminUrl, "FanOutWorker");
      expect(invocations.map(({ status }) => status)).toEqual(
        Array.from({ length: invocationCount }, () => "completed"),
      );
    },
  );
}

/** Starts the program and waits until it listens; gives its address. */
async function startWorker(
  { start, listening }: Language,
  { places }: Extract<Installation, { kind: "installed" }>,
): Promise<string> {
  const [command, ...args] = start(places);
  const program = startCommand(command, args, { cwd: places.program });
  const [, address = ""] = await program.find(listening);
  return address.startsWith("http://") ? address : `http://${address}`;
}

async function temporaryPath(): Promise<string> {
  const { path, remove } = await createTemporaryDirectory();
  onTestFinished(remove);
  return path;
}
