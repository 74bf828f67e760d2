/** The client as it is published: loaded as an ECMAScript module and as CommonJS, also together. */
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PackedPackages, ROOT } from "./support/packaging/packed-packages.ts";
import { runNode } from "./support/packaging/run-tool.ts";
import {
  createTemporaryDirectory,
  type TemporaryDirectory,
} from "./support/temporary-directory.ts";

const TIMEOUT_MS = 120_000;
const TYPESCRIPT = join(ROOT, "node_modules/typescript/bin/tsc");

/** The same in every form, behind its imports. */
const PROGRAM = `
const greeter: ServiceDefinition<"greeter", { greet(ctx: unknown, name: string): Promise<string> }> = {
  name: "greeter",
};
const ingress: Ingress = connect({ url: process.argv[2] ?? "" });
async function run(): Promise<void> {
  const options: Opts<string, string> = rpc.opts({ idempotencyKey: "k" });
  const greeting: string = await ingress.serviceClient(greeter).greet("Ada", options);
  const failure: unknown = await createAdminClient({ url: process.argv[2] ?? "" })
    .version()
    .catch((error: unknown) => error);
  console.log(JSON.stringify([greeting, failure instanceof ClientError && failure.kind]));
}
void run();
`;
const TYPES = "type Ingress, type Opts, type ServiceDefinition";
const FORMS = {
  "module.mts": `import { ClientError, connect, createAdminClient, rpc, ${TYPES} } from "@rejoin/client";`,
  "commonjs.cts": `import { ClientError, connect, createAdminClient, rpc, ${TYPES} } from "@rejoin/client";`,
  "both.mts": `import { createRequire } from "node:module";
import { ClientError, connect, createAdminClient, ${TYPES} } from "@rejoin/client";
const { rpc } = createRequire(import.meta.url)("@rejoin/client") as typeof import("@rejoin/client");`,
} as const;

let directory: TemporaryDirectory;
let server: Server;
const asked: (string | undefined)[] = [];

beforeAll(async () => {
  directory = await createTemporaryDirectory();
  await PackedPackages.create(directory.path);
  for (const [name, imports] of Object.entries(FORMS)) {
    await writeFile(join(directory.path, name), imports + PROGRAM);
  }
  const compilerOptions = {
    target: "es2022",
    module: "nodenext",
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    outDir: "out",
    rootDir: ".",
  };
  const config = { compilerOptions, files: Object.keys(FORMS) };
  await writeFile(join(directory.path, "tsconfig.json"), JSON.stringify(config));
  await runNode([TYPESCRIPT, "-p", "tsconfig.json"], { cwd: directory.path });
  server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers["idempotency-key"]}`);
    response.end('"hello"');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
}, TIMEOUT_MS);
afterAll(async () => {
  server.closeAllConnections();
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  await directory.remove();
});

describe("the published client", () => {
  it.each(Object.keys(FORMS))("works in %s", { timeout: TIMEOUT_MS }, async (name) => {
    const program = join("out", name.replace(/ts$/, "js"));
    const { port } = server.address() as AddressInfo;
    const printed = await runNode([program, `http://127.0.0.1:${port}`], { cwd: directory.path });
    expect(JSON.parse(printed)).toEqual(["hello", "malformed"]);
    expect(asked.splice(0)).toEqual(["/greeter/greet k", "/version undefined"]);
  });
});
