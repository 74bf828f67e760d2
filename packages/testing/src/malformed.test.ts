/** What handlers say that no row has a place for: their attempts fail, and nothing else does. */
import { type Context, RetryableError, service, TerminalError } from "@rejoin/sdk";
import { afterEach, expect, test } from "vitest";
import { createTestEnvironment, type TestEnvironment } from "./index.ts";

const wild = service({
  name: "wild",
  handlers: {
    negativeCode: async () => {
      throw new TerminalError("no", { errorCode: -1 });
    },
    hugeCode: async () => {
      throw new TerminalError("no", { errorCode: 1e20 });
    },
    noRetry: async () => {
      throw new RetryableError("later", { retryAfter: Number.NaN });
    },
    endlessSleep: async (ctx: Context) => {
      await ctx.sleep(Number.POSITIVE_INFINITY);
    },
    endlessDelay: async (ctx: Context) => {
      ctx.genericSend({ service: "wild", method: "fine", parameter: "", delay: 1e300 });
    },
    noText: async () => {
      const metadata = { id: undefined as unknown as string };
      throw new TerminalError("no", { metadata });
    },
    badRun: async (ctx: Context) => {
      await ctx.run("charge", () => {
        throw new TerminalError("no", { errorCode: -1 });
      });
    },
    fine: async () => "fine",
  },
});

let env: TestEnvironment | undefined;

afterEach(async () => {
  await env?.close();
  env = undefined;
});

test.each([
  "negativeCode",
  "hugeCode",
  "noRetry",
  "endlessSleep",
  "endlessDelay",
  "noText",
  "badRun",
] as const)("%s", async (handler) => {
  env = await createTestEnvironment({ services: [wild], time: "manual" });
  const answer = env.client(wild)[handler]();
  Promise.resolve(answer).catch(() => undefined);
  await env.settled();
  expect(await env.client(wild).fine()).toBe("fine");
  await env.crash();
  expect(await env.client(wild).fine()).toBe("fine");
});

test.each([1e18, -1, Number.POSITIVE_INFINITY])("a retention of %d is refused", async (ms) => {
  const defaults = { journalRetentionMs: ms };
  await expect(createTestEnvironment({ services: [wild], defaults })).rejects.toThrow(
    /journalRetentionMs/,
  );
});

test("a retry comes after a crash though time went on by half a millisecond", async () => {
  let tries = 0;
  const mailer = service({
    name: "mailer",
    handlers: {
      send: async () => {
        tries += 1;
        if (tries === 1) throw new Error("busy");
        return "sent";
      },
    },
  });
  env = await createTestEnvironment({ services: [mailer], time: "manual" });
  await env.advance(0.5);
  const answer = env.client(mailer).send();
  Promise.resolve(answer).catch(() => undefined);
  await env.settled();
  await env.crash();
  await env.advance({ days: 2 });
  expect(tries).toBeGreaterThan(1);
});
