/** `DELETE /deployments/{id}` beside attempts that have begun and have not sent anything yet. */
import { type Context, service } from "@rejoin/sdk";
import { expect, it } from "vitest";
import { answerWith, greeter, manifestOf, serveHttp2 } from "../discovery/testing/endpoints.ts";
import { PATIENCE, startServer } from "./testing/running-server.ts";

it("is refused while an attempt may still pin its invocation there", async () => {
  let begun = 0;
  let goOn: () => void = () => undefined;
  const silence = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const silent = service({
    name: "greeter",
    handlers: {
      greet: async (ctx: Context): Promise<string> => {
        begun += 1;
        await silence;
        return await ctx.run("greeting", () => "hello");
      },
    },
  });
  const server = await startServer({ services: [silent] });
  const answer = server.invoke("/greeter/greet");
  await expect.poll(() => begun, PATIENCE).toBe(1);
  const endpoint = await serveHttp2(() => answerWith(manifestOf([greeter()])));
  await server.call("POST /deployments", { uri: endpoint.url });

  const [{ id, pinned_deployment_id }] = (await server.call("GET /invocations")).json.invocations;
  expect(pinned_deployment_id).toBeUndefined();
  const refused = await server.call("DELETE /deployments/embedded:main");
  expect([refused.status, refused.json.restate_code]).toEqual([409, null]);
  expect(refused.json.message).toContain(`1 invocation is in flight on deployment embedded:main`);
  expect(refused.json.message).toContain(id);

  goOn();
  expect((await answer).json).toBe("hello");
  await expect
    .poll(async () => (await server.call("DELETE /deployments/embedded:main")).status, PATIENCE)
    .toBe(202);
  expect((await server.call("GET /deployments/embedded:main")).status).toBe(404);
});

it("lets what is pinned fail with RT0011 and wait, when it is forced", async () => {
  const napper = service({
    name: "greeter",
    handlers: {
      nap: async (ctx: Context): Promise<void> => {
        await ctx.sleep(1500);
      },
    },
  });
  const server = await startServer({ services: [napper], defaults: { inactivityTimeoutMs: 20 } });
  const { invocationId } = (await server.invoke("/greeter/nap/send")).json;
  const read = async () => (await server.call(`GET /invocations/${invocationId}`)).json;
  await expect.poll(async () => (await read()).status, PATIENCE).toBe("suspended");
  expect((await server.call("DELETE /deployments/embedded:main?force=true")).status).toBe(202);
  await expect.poll(async () => (await read()).retry_count, PATIENCE).toBeGreaterThan(1);
  expect(await read()).toMatchObject({
    pinned_deployment_id: "embedded:main",
    last_failure: expect.stringContaining(
      "deployment embedded:main of service greeter is not there",
    ),
    last_failure_error_code: "RT0011",
  });
}, 30_000);
