/**
 * The command line of the Restate server, as it is published, at our server: it lists, describes,
 * cancels and asks in SQL. `npm run test:full` installs it; without it nothing is tested.
 */
import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import {
  type Context,
  createEndpointHandler,
  type ObjectContext,
  object,
  service,
} from "@rejoin/sdk";
import { start } from "@rejoin/server";
import { afterAll, beforeAll, expect, it } from "vitest";
import { request, send } from "./support/ingress-client.ts";
import { installNpmTools, type NpmTools } from "./support/packaging/npm-tools.ts";
import { runTool } from "./support/packaging/run-tool.ts";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";

const PACKAGES = ["@restatedev/restate@1.7.12"];
const TIMEOUT_MS = 120_000;
const mayInstall = process.env.REJOIN_TEST_FULL === "1";

const office = service({
  name: "office",
  handlers: {
    nap: async (ctx: Context): Promise<void> => await ctx.sleep({ hours: 1 }),
    greet: async (_ctx: Context, name: string): Promise<string> => `Hello, ${name}!`,
  },
});

const cart = object({
  name: "cart",
  handlers: {
    add: async (ctx: ObjectContext, item: string): Promise<void> => ctx.set("item", item),
  },
});

let tools: NpmTools;
let cli: (command: string, ...more: readonly string[]) => Promise<string>;
let ingressUrl: string;

beforeAll(async () => {
  tools = await installNpmTools(PACKAGES, mayInstall);
  if (tools.kind === "missing") return;
  const { modules } = tools;
  const quiet = () => undefined;
  const home = await createTemporaryDirectory();
  const server = await start({ services: [], log: quiet });
  const endpoint = createServer(createEndpointHandler({ services: [office, cart], logger: quiet }));
  await once(endpoint.listen(0, "127.0.0.1"), "listening");
  const { port } = endpoint.address() as AddressInfo;
  ingressUrl = server.ingressUrl;
  cli = (command, ...more) =>
    runTool(process.execPath, [join(modules, ".bin/restate"), ...command.split(" "), ...more], {
      cwd: home.path,
      variables: {
        CI: "true",
        RESTATE_CLI_CONFIG_HOME: home.path,
        RESTATE_ADMIN_URL: server.adminUrl,
        RESTATE_INGRESS_URL: server.ingressUrl,
      },
    });
  expect(await cli(`deployments register http://127.0.0.1:${port} --yes`)).toContain("office");
  afterAll(async () => {
    await server.close();
    endpoint.close();
    await home.remove();
  });
}, 600_000);

it(
  "lists, describes, cancels and asks",
  async ({ skip }) => {
    if (tools.kind === "missing") skip(tools.reason);
    const { invocationId: nap } = await send(`${ingressUrl}/office/nap/send`);
    const greeted = await request(`${ingressUrl}/office/greet`, { body: "Ada" });
    expect(greeted.json()).toBe("Hello, Ada!");
    await request(`${ingressUrl}/cart/ada/add`, { body: "apple" });

    expect(await cli("deployments list --extra")).toMatch(/HTTP\s+Active\s+1 .*dp_/);
    expect(await cli("services list")).toMatch(/office\s+1 [\s\S]*cart\s+1\s+virtual object/);
    expect(await cli("services describe office")).toMatch(/nap\s+application\/json/);
    expect(await cli("services status")).toMatch(/nap\s+-/);
    expect(await cli("invocations list")).toMatch(/office\/nap[\s\S]*running|suspended/);
    expect(await cli("invocations list --status completed")).toContain("office/greet");
    const described = await cli(`invocations describe ${nap}`);
    expect(described).toMatch(/\(this\)─> office\/nap[\s\S]*Command: Input[\s\S]*Command: Sleep/);
    expect(await cli("state get cart ada")).toMatch(/item\s+"apple"/);

    expect(await cli(`invocations cancel ${nap} --yes`)).toContain("Cancelled 1 invocations");
    await expect
      .poll(() => cli("invocations list --status completed"), { timeout: 20_000 })
      .toContain("[409] Cancelled");
    const counts = await cli(
      "sql --json",
      "SELECT target_service_name AS name, COUNT(*) AS n FROM sys_invocation GROUP BY 1 ORDER BY 1",
    );
    expect(JSON.parse(counts)).toEqual([
      { name: "cart", n: 1 },
      { name: "office", n: 2 },
    ]);
  },
  TIMEOUT_MS,
);
