import { describe, expect, it } from "vitest";
import { startServer, unusedUrl } from "../testing/answering-server.ts";
import { createIngressClient } from "./ingress-client.ts";

describe("the ingress client", () => {
  it("calls a handler and reads its JSON", async () => {
    const server = await startServer({ json: { sum: 3 } });
    const ingress = createIngressClient({ url: server.url, token: "t" });
    const options = { idempotencyKey: "k", headers: { "x-own": "1" } };
    expect(await ingress.call({ service: "calc", handler: "add" }, [1, 2], options)).toEqual({
      sum: 3,
    });
    expect(server.asked[0]).toMatchObject({
      method: "POST",
      path: "/restate/call/calc/add",
      body: "[1,2]",
      headers: {
        "content-type": "application/json",
        "idempotency-key": "k",
        "x-own": "1",
        authorization: "Bearer t",
      },
    });
  });

  it("sends no body and no content type for undefined", async () => {
    const server = await startServer({});
    const ingress = createIngressClient({ url: server.url });
    expect(await ingress.call({ service: "o", key: "a/b c", handler: "get" })).toBeUndefined();
    expect(server.asked[0]).toMatchObject({ path: "/restate/call/o/a%2Fb%20c/get", body: "" });
    expect(server.asked[0]?.headers["content-type"]).toBeUndefined();
  });

  it("gives text that is not JSON as it is", async () => {
    const { url } = await startServer({ text: "hi", headers: { "content-type": "text/plain" } });
    expect(await createIngressClient({ url }).call({ service: "s", handler: "h" })).toBe("hi");
  });

  it("sends one-way calls, also later", async () => {
    const receipt = { invocationId: "inv_1", status: "Accepted" };
    const server = await startServer({ status: 202, json: receipt });
    const ingress = createIngressClient({ url: server.url });
    expect(await ingress.send({ service: "s", handler: "h" }, 1, { delay: "1 day" })).toEqual(
      receipt,
    );
    expect(server.asked[0]?.path).toBe("/restate/send/s/h?delay=1%20day");
  });

  it("attaches to an invocation", async () => {
    const server = await startServer({ json: "done" });
    expect(await createIngressClient({ url: server.url }).attach("inv_1")).toBe("done");
    expect(server.asked[0]).toMatchObject({ method: "GET", path: "/restate/attach/inv_1" });
  });

  it("rejects with the failure of the handler", async () => {
    const json = { code: 409, message: "taken", source: "invocation" };
    const { url } = await startServer({ status: 409, json });
    await expect(createIngressClient({ url }).call({ service: "s", handler: "h" })).rejects.toThrow(
      expect.objectContaining({ kind: "refused", status: 409, message: "taken" }),
    );
  });

  it("rejects an answer that says it is JSON and is not", async () => {
    const { url } = await startServer({
      text: "{",
      headers: { "content-type": "application/json" },
    });
    await expect(createIngressClient({ url }).attach("inv_1")).rejects.toMatchObject({
      kind: "malformed",
    });
  });

  it("names the ingress when nobody listens there", async () => {
    const url = await unusedUrl();
    await expect(createIngressClient({ url }).attach("inv_1")).rejects.toThrow(
      `cannot reach the ingress at ${url}`,
    );
  });
});
