/** Services written with the reference SDK: discovered, registered, called, and moved to. */
import { fork } from "node:child_process";
import { createInterface } from "node:readline";
import { type Context, service } from "@rejoin/sdk";
import { expect, it, onTestFinished } from "vitest";
import { PATIENCE, startServer } from "./testing/running-server.ts";

const PROGRAM = new URL("./testing/reference-service.mjs", import.meta.url);

/** The address of the services in `reference-service.mjs`, in a process of their own. */
async function startReference(): Promise<string> {
  const child = fork(PROGRAM, { stdio: ["ignore", "pipe", "inherit", "ipc"], execArgv: [] });
  onTestFinished(() => void child.kill());
  if (child.stdout === null) throw new Error("its output is piped");
  for await (const line of createInterface(child.stdout)) return `http://127.0.0.1:${line}`;
  throw new Error("the reference services did not start");
}

it("is discovered over HTTP/2, registered and called", async () => {
  const [server, uri] = [await startServer(), await startReference()];
  const { status, json } = await server.call("POST /deployments", { uri });
  expect(status).toBe(201);
  expect(json).toMatchObject({
    min_protocol_version: 5,
    max_protocol_version: 7,
    sdk_version: expect.stringMatching(/^restate-sdk-typescript\/1\.17\./),
  });
  expect((await server.call(`GET /deployments/${json.id}`)).json).toMatchObject({
    protocol_type: "BidiStream",
    http_version: "HTTP/2.0",
  });
  const { services } = (await server.call("GET /services")).json;
  const both = { input_description: "application/json", output_description: "application/json" };
  expect(services).toMatchObject([
    { name: "greeter", ty: "Service", handlers: [{ name: "greet", ...both }, { name: "nap" }] },
    {
      name: "counter",
      ty: "VirtualObject",
      handlers: [{ name: "add", ty: "Exclusive", ...both }],
    },
  ]);
  expect((await server.invoke("/greeter/greet", "Ada")).json).toBe("hello Ada");
});

it("takes over what is in flight on an embedded deployment", async () => {
  const greeter = service({
    name: "greeter",
    handlers: {
      nap: async (ctx: Context, durationMs: number): Promise<string> => {
        await ctx.sleep(durationMs);
        return "woke up in the embedded services";
      },
    },
  });
  const uri = await startReference();
  const server = await startServer({ services: [greeter], defaults: { inactivityTimeoutMs: 20 } });
  const { invocationId } = (await server.invoke("/greeter/nap/send", 4000)).json;
  const read = async () => (await server.call(`GET /invocations/${invocationId}`)).json;
  await expect.poll(async () => (await read()).status, PATIENCE).toBe("suspended");

  const moved = await server.call("PATCH /deployments/embedded:main", { uri });
  expect(moved.status).toBe(200);
  expect(moved.json).toMatchObject({ id: "embedded:main", uri: `${uri}/` });

  await expect.poll(async () => (await read()).status, PATIENCE).toBe("completed");
  expect(await read()).toMatchObject({
    pinned_deployment_id: "embedded:main",
    completion_result: "success",
    output_length: JSON.stringify("woke up in the reference SDK").length,
  });
}, 40_000);
