/**
 * The walls between packages and folders, and what pure code must not touch, are lint rules. Each
 * row here is a file that breaks or keeps one of them; all are linted in one go, in a folder apart.
 */

import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, tool } from "./process.mjs";

const imports = "lint/style/noRestrictedImports";
const globals = "lint/style/noRestrictedGlobals";
const members = "lint/nursery/noJsRestrictedProperties";

const use = (/** @type {string} */ module, name = "x") => `export { ${name} } from "${module}";\n`;
const make = (/** @type {string} */ expression) => `export const y = ${expression};\n`;

/** @type {[path: string, source: string, rule?: string][]} */
const files = [
  ["packages/protocol/src/hash.ts", use("@noble/hashes/sha2.js")],
  ["packages/protocol/src/node.ts", use("node:fs"), imports],
  ["packages/protocol/src/engine.ts", use("@rejoin/engine"), imports],
  ["packages/protocol/src/clock.ts", make("Date.now()"), globals],

  ["packages/engine/src/protocol.ts", use("@rejoin/protocol")],
  ["packages/engine/src/beside.ts", use("./sibling.ts")],
  ["packages/engine/src/above/up.ts", use("../sibling.ts")],
  ["packages/engine/src/storage.ts", use("@rejoin/storage"), imports],
  ["packages/engine/src/node.ts", use("node:crypto"), imports],
  ["packages/engine/src/other.ts", use("zod"), imports],
  ["packages/engine/src/types.ts", 'export type { X } from "@rejoin/server";\n', imports],
  ["packages/engine/src/later.ts", make('import("@rejoin/storage")'), imports],
  ["packages/engine/src/date.ts", make("new Date()"), globals],
  ["packages/engine/src/performance.ts", make("performance.now()"), globals],
  ["packages/engine/src/timeout.ts", make("setTimeout(String, 1)"), globals],
  ["packages/engine/src/interval.ts", make("setInterval(String, 1)"), globals],
  ["packages/engine/src/immediate.ts", make("setImmediate(String)"), globals],
  ["packages/engine/src/crypto.ts", make("crypto.randomUUID()"), globals],
  ["packages/engine/src/hidden.ts", make("globalThis.Date.now()"), globals],
  ["packages/engine/src/chance.ts", make("Math.random()"), members],
  ["packages/engine/src/chance-taken.ts", "export const { random } = Math;\n", members],
  ["packages/engine/src/round.ts", make("Math.floor(1.5)")],
  ["packages/engine/src/x.test.ts", `${use("node:fs")}${make("Date.now()")}`],

  ["packages/ui/src/client.ts", use("@rejoin/client")],
  ["packages/ui/src/server.ts", use("@rejoin/server"), imports],
  ["packages/ui/src/node.ts", use("node:fs"), imports],

  ["packages/storage/src/engine.ts", use("@rejoin/engine")],
  ["packages/storage/src/level.ts", use("classic-level")],
  ["packages/storage/src/node.ts", use("node:fs/promises")],
  ["packages/storage/src/server.ts", use("@rejoin/server"), imports],
  ["packages/storage/src/sdk.ts", use("@rejoin/sdk"), imports],

  ["packages/sdk/src/vm/protocol.ts", use("@rejoin/protocol")],
  ["packages/sdk/src/vm/engine.ts", use("@rejoin/engine"), imports],
  ["packages/sdk/src/vm/clock.ts", make("Date.now()"), globals],
  ["packages/sdk/src/context/node.ts", use("node:util"), imports],
  ["packages/sdk/src/context/timeout.ts", make("setTimeout(String, 1)"), globals],
  ["packages/sdk/src/endpoint/node/http2.ts", use("node:http2")],
  ["packages/sdk/src/endpoint/node/folder.ts", use("node:stream/promises")],
  ["packages/sdk/src/endpoint/fetch/buffer.ts", use("node:buffer"), imports],
  ["packages/sdk/src/endpoint/lambda/zlib.ts", use("node:zlib"), imports],
  ["packages/sdk/src/endpoint/server.ts", use("@rejoin/server"), imports],
  ["packages/sdk/src/endpoint/node/timers.ts", use("node:timers/promises"), imports],
  ["packages/sdk/src/endpoint/clock.ts", make("performance.now()"), globals],
  ["packages/sdk/src/endpoint/chance.ts", make("Math.random()"), members],
  ["packages/sdk/src/endpoint/ports/real-clock.ts", make("Date.now()")],

  ["packages/sdk/src/tracing/api.ts", use("@opentelemetry/api")],
  ["packages/sdk/src/tracing/core.ts", use("@opentelemetry/core"), imports],
  ["packages/sdk/src/context/api.ts", use("@opentelemetry/api"), imports],

  ["packages/client/src/protocol.ts", use("@rejoin/protocol")],
  ["packages/client/src/sdk.ts", use("@rejoin/sdk"), imports],
  ["packages/client/src/node.ts", use("node:http"), imports],
  ["packages/client/src/other.ts", use("zod"), imports],

  ["packages/cli/src/client.ts", use("@rejoin/client")],
  ["packages/cli/src/sdk.ts", use("@rejoin/sdk")],
  ["packages/cli/src/protocol.ts", use("@rejoin/protocol")],
  ["packages/cli/src/node.ts", use("node:path")],
  ["packages/cli/src/engine.ts", use("@rejoin/engine"), imports],
  ["packages/cli/src/server.ts", use("@rejoin/server"), imports],
  ["packages/cli/src/commands/status.ts", use("@rejoin/server"), imports],
  ["packages/cli/src/render/server.ts", use("@rejoin/server"), imports],
  ["packages/cli/src/commands/server.ts", use("@rejoin/server")],
  ["packages/cli/src/config/server.ts", use("@rejoin/server")],
  ["packages/cli/src/server/start.ts", use("@rejoin/server")],
  ["packages/cli/src/up/run.ts", use("@rejoin/server")],
  ["packages/cli/src/up/storage.ts", use("@rejoin/storage"), imports],

  ["packages/server/src/partition/inside.ts", use("./processor.ts")],
  ["packages/server/src/partition/ports.ts", use("../ports/clock.ts")],
  ["packages/server/src/partition/storage.ts", use("@rejoin/storage")],
  ["packages/server/src/partition/sdk.ts", use("@rejoin/sdk"), imports],
  ["packages/server/src/partition/to-invoker.ts", use("../invoker/attempt.ts"), imports],
  ["packages/server/src/partition/deep/to-admin.ts", use("../../admin/routes.ts"), imports],
  ["packages/server/src/invoker/to-ingress.ts", use("../ingress/server.ts"), imports],
  ["packages/server/src/ingress/to-introspection.ts", use("../introspection/x.ts"), imports],
  ["packages/server/src/admin/to-partition.ts", use("../partition/processor.ts"), imports],
  ["packages/server/src/introspection/to-admin.ts", use("../admin/routes.ts"), imports],
  ["packages/server/src/metrics/to-partition.ts", use("../partition/processor.ts"), imports],
  ["packages/server/src/invoker/in-process/sdk.ts", use("@rejoin/sdk/internal")],
  ["packages/server/src/invoker/in-process-transport.ts", use("@rejoin/sdk")],
  ["packages/server/src/invoker/digest.ts", use("node:crypto", "createHash")],
  ["packages/server/src/invoker/random.ts", use("node:crypto", "randomUUID"), imports],
  ["packages/server/src/invoker/elapsed.ts", use("node:perf_hooks"), imports],
  ["packages/server/src/invoker/hrtime.ts", make("process.hrtime()"), members],
  ["packages/server/src/invoker/timeout.ts", make("AbortSignal.timeout(1)"), members],
  ["packages/server/src/ports/real-clock.ts", make("[Date.now(), Math.random()]")],
  ["packages/server/src/core.ts", use("./partition/processor.ts")],
  ["packages/server/src/version.ts", make("Date.now()"), globals],
  ["packages/server/src/start.ts", `${use("./admin/a.ts")}${use("@rejoin/sdk", "y")}`],

  [
    "packages/engine/src/cycle/one.ts",
    'export type { Two } from "./two.ts";\nexport type One = 1;\n',
    "lint/suspicious/noImportCycles",
  ],
  [
    "packages/engine/src/cycle/two.ts",
    'export type { One } from "./one.ts";\nexport type Two = 2;\n',
    "lint/suspicious/noImportCycles",
  ],
  [
    "packages/engine/src/loose.ts",
    "export const y = (x: any) => x;\n",
    "lint/suspicious/noExplicitAny",
  ],
  [
    "packages/engine/src/sure.ts",
    "export const y = (x?: string) => x!.length;\n",
    "lint/style/noNonNullAssertion",
  ],
  ["packages/engine/src/CamelCase.ts", make("1"), "lint/style/useFilenamingConvention"],
];

describe("walls", () => {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  let folder = "";

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rejoin-walls-"));
    for (const config of ["biome.json", "biome.walls.json"]) {
      await cp(join(root, config), join(folder, config));
    }
    const dependencies = { zod: "*", "classic-level": "*", "@noble/hashes": "*" };
    Object.assign(dependencies, { "@opentelemetry/api": "*", "@opentelemetry/core": "*" });
    for (const name of ["protocol", "engine", "storage", "sdk", "server", "client", "cli"]) {
      Object.assign(dependencies, { [`@rejoin/${name}`]: "*" });
    }
    await writeFile(join(folder, "package.json"), JSON.stringify({ dependencies }));
    for (const [path, source] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), source);
    }
    for (const { category, location } of lint(folder)) {
      const path = location.path.replaceAll("\\", "/");
      found.set(path, [...(found.get(path) ?? []), category]);
    }
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(files)("%s", (path, _source, rule) => {
    const categories = [...new Set(found.get(path))];
    expect(categories).toEqual(rule === undefined ? [] : [rule]);
  });
});

/** @returns {{ category: string, location: { path: string } }[]} */
function lint(/** @type {string} */ folder) {
  const options = ["--reporter=json", "--max-diagnostics=none", "--diagnostic-level=error"];
  const biome = spawnSync(
    process.execPath,
    [tool("@biomejs/biome/bin/biome"), "lint", ...options],
    {
      cwd: folder,
      encoding: "utf8",
    },
  );
  return JSON.parse(biome.stdout).diagnostics;
}
