/** `start`: the engine embedded in a process, over its sockets and its data directory. */
import { join } from "node:path";
import { type Context, service, TerminalError } from "@rejoin/sdk";
import { openCore, type RunningServer, type StartOptions, start } from "@rejoin/server";
import { describe, expect, it, onTestFinished } from "vitest";
import { startProgram } from "./support/child-program.ts";
import { attach, call, request, send } from "./support/ingress-client.ts";
import { openConnection } from "./support/raw-http.ts";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";
import { tools } from "./support/tools-service.ts";

const MIB = 1 << 20;

/** A server that is closed after the test, also if that has done so already. */
async function open(options: Partial<StartOptions> = {}): Promise<RunningServer> {
  const server = await start({ services: [tools], log: () => undefined, ...options });
  onTestFinished(() => server.close());
  return server;
}

async function emptyDataDir(): Promise<string> {
  const directory = await createTemporaryDirectory();
  onTestFinished(() => directory.remove());
  return join(directory.path, "data");
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

describe("addresses", () => {
  it("are free ports of the loopback interface by default, and given as URLs", async () => {
    const { ingressUrl, adminUrl } = await open();
    for (const url of [ingressUrl, adminUrl]) expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(ingressUrl).not.toBe(adminUrl);
    const health = await request(`${ingressUrl}/restate/health`, { method: "GET" });
    expect(health.json()).toEqual({ services: ["tools"] });
    expect((await request(`${adminUrl}/health`, { method: "GET" })).status).toBe(200);
  });

  it("can be chosen, IPv6 too", async () => {
    const free = await start({ services: [tools] });
    await free.close();
    const ingressAddress = `127.0.0.1:${portOf(free.ingressUrl)}`;
    const server = await open({ ingressAddress, adminAddress: "[::1]:0" });
    expect(server.ingressUrl).toBe(free.ingressUrl);
    expect(server.adminUrl).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await request(`${server.adminUrl}/health`, { method: "GET" })).status).toBe(200);
  });

  it.each(["ingressAddress", "adminAddress"] as const)(
    "in use are refused by name, and the data directory is free again (%s)",
    async (option) => {
      const dataDir = await emptyDataDir();
      const taken = `127.0.0.1:${portOf((await open()).ingressUrl)}`;
      const starting = start({ services: [tools], dataDir, [option]: taken });
      await expect(starting).rejects.toThrow(
        `address ${taken} is in use by another program; stop it or choose another address`,
      );
      await open({ dataDir });
    },
  );

  it.each(["8080", ":8080", "localhost", "localhost:http", "127.0.0.1:70000", "127.0.0.1:"])(
    "that are none are refused: %s",
    async (ingressAddress) => {
      const refused = start({ services: [tools], ingressAddress }).then((server) => server.close());
      await expect(refused).rejects.toThrow(
        `bad address ${JSON.stringify(ingressAddress)}: write it as host:port`,
      );
    },
  );

  it.each(["192.0.2.1:8080", "no-such-host.invalid:8080", "http://127.0.0.1:8080"])(
    "that this machine does not have are refused: %s",
    async (ingressAddress) => {
      const refused = start({ services: [tools], ingressAddress });
      await expect(refused).rejects.toThrow(`${ingressAddress} is no address of this machine; try`);
    },
  );
});

describe("close", () => {
  it("keeps what was accepted for the next start", async () => {
    const dataDir = await emptyDataDir();
    const first = await open({ dataDir });
    const asleep = await send(`${first.ingressUrl}/tools/nap/send`, { body: 300 });
    const others = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        send(`${first.ingressUrl}/tools/fanOut/send`, { body: { count: 5, payload: `${i}` } }),
      ),
    );
    await first.close();
    const second = await open({ dataDir });
    expect((await attach(second.ingressUrl, asleep.invocationId)).json()).toBe("rested");
    for (const [i, { invocationId }] of others.entries()) {
      const result = (await attach(second.ingressUrl, invocationId)).json();
      expect(result).toEqual([0, 1, 2, 3, 4].map((index) => `${index}:${i}`));
    }
  });

  /** A service whose handler says that it has begun: then its caller waits for the result. */
  function holding() {
    let begun: () => void = () => undefined;
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const holder = service({
      name: "holder",
      handlers: {
        hold: async (ctx: Context, durationMs: number): Promise<string> => {
          begun();
          await ctx.sleep(durationMs);
          return "rested";
        },
      },
    });
    return { services: [holder], hasBegun };
  }

  const shuttingDown = {
    status: 503,
    text: expect.stringContaining("the server is shutting down; try again"),
  };

  it("tells a caller that waits, and lets the result be had after the next start", async () => {
    const dataDir = await emptyDataDir();
    const { services, hasBegun } = holding();
    const first = await open({ dataDir, services });
    const holdCall = { headers: { "idempotency-key": "hold" }, body: 500 };
    const waiting = request(`${first.ingressUrl}/holder/hold`, holdCall);
    await hasBegun;
    await first.close();
    expect(await waiting).toMatchObject(shuttingDown);
    const second = await open({ dataDir, services });
    expect((await request(`${second.ingressUrl}/holder/hold`, holdCall)).json()).toBe("rested");
  });

  it("tells a caller that waits, without a data directory too", async () => {
    const { services, hasBegun } = holding();
    const server = await open({ services });
    const waiting = request(`${server.ingressUrl}/holder/hold`, { body: 60_000 });
    waiting.catch(() => undefined);
    await hasBegun;
    await server.close();
    expect(await waiting).toMatchObject(shuttingDown);
  });

  it("ends the connections and frees the ports", async () => {
    const server = await open();
    const idle = await openConnection(server.ingressUrl);
    const halfSent = await openConnection(server.ingressUrl);
    await halfSent.write("POST /tools/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
    await request(`${server.ingressUrl}/tools/identify`);
    await server.close();
    await Promise.all([idle.readToEnd(), halfSent.readToEnd()]);
    for (const url of [server.ingressUrl, server.adminUrl]) {
      await expect(openConnection(url)).rejects.toThrow("ECONNREFUSED");
    }
  });

  /** A service with a run that waits for the test; `executions` counts its closures. */
  function gated() {
    let open: () => void = () => undefined;
    let enter: () => void = () => undefined;
    const entered = new Promise<void>((resolve) => {
      enter = resolve;
    });
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const executions: string[] = [];
    const worker = service({
      name: "worker",
      handlers: {
        work: async (ctx: Context): Promise<string> => {
          const id = await ctx.run("first", async () => {
            executions.push("first");
            enter();
            await opened;
            return executions.length;
          });
          await ctx.sleep(1);
          return `done by ${await ctx.run("second", () => id)}`;
        },
      },
    });
    return { services: [worker], entered, open, executions };
  }

  it("waits for a run that is being executed, which is not executed again", async () => {
    const dataDir = await emptyDataDir();
    const { services, entered, open: openGate, executions } = gated();
    const first = await open({ dataDir, services });
    const { invocationId } = await send(`${first.ingressUrl}/worker/work/send`);
    await entered;
    const closing = first.close();
    openGate();
    await closing;
    const second = await open({ dataDir, services });
    expect((await attach(second.ingressUrl, invocationId)).json()).toBe("done by 1");
    expect(executions).toEqual(["first"]);
  });

  it("waits only so long; what was not finished is executed again", async () => {
    const dataDir = await emptyDataDir();
    const { services, entered, open: openGate, executions } = gated();
    const first = await open({ dataDir, services, drainTimeoutMs: 50 });
    const { invocationId } = await send(`${first.ingressUrl}/worker/work/send`);
    await entered;
    await first.close();
    openGate();
    const second = await open({ dataDir, services });
    expect((await attach(second.ingressUrl, invocationId)).json()).toBe("done by 2");
    expect(executions).toEqual(["first", "first"]);
  });

  it("leaves nothing that keeps the process alive", async () => {
    const program = startProgram({ program: "start-and-close", args: [await emptyDataDir()] });
    onTestFinished(() => program.kill().then(() => undefined));
    expect(await program.ended, program.stderr).toEqual({ code: 0, signal: null });
    expect(program.lines).toEqual([{ event: "called", result: "hello" }, { event: "closed" }]);
    expect(program.stderr).toBe("");
  });

  it("may be called again", async () => {
    const server = await open({ dataDir: await emptyDataDir() });
    await Promise.all([server.close(), server.close()]);
    await server.close();
  });
});

describe("deployments", () => {
  const versions = (description: string) => [
    service({
      name: "versioned",
      description,
      handlers: { who: async (_ctx: Context): Promise<string> => description },
    }),
    tools,
  ];

  /** What the registry says, in a process that would start like this. */
  async function registered(options: StartOptions) {
    const { core } = await openCore(options);
    const { services } = core.registry.current;
    await core.close();
    return Object.fromEntries(
      services.map(({ name, deploymentId, revision }) => [name, { deploymentId, revision }]),
    );
  }

  it("keep their id at every start; a changed manifest is a new revision", async () => {
    const dataDir = await emptyDataDir();
    const deploymentId = "embedded:shop";
    const options = { dataDir, name: "shop" };
    const one = { deploymentId, revision: 1 };
    const two = { deploymentId, revision: 2 };
    const first = await registered({ ...options, services: versions("one") });
    expect(first).toEqual({ versioned: one, tools: one });
    const same = await registered({ ...options, services: versions("one") });
    expect(same).toEqual(first);
    const changed = await registered({ ...options, services: versions("two") });
    expect(changed).toEqual({ versioned: two, tools: one });
    const server = await open({ ...options, services: versions("two") });
    expect(await call(`${server.ingressUrl}/versioned/who`)).toBe("two");
  });

  it("of other names take over what they declare, and leave the rest", async () => {
    const dataDir = await emptyDataDir();
    const [versioned] = versions("one");
    await registered({ dataDir, name: "old", services: versions("one") });
    const services = versioned === undefined ? [] : [versioned];
    expect(await registered({ dataDir, name: "new", services })).toEqual({
      versioned: { deploymentId: "embedded:new", revision: 2 },
      tools: { deploymentId: "embedded:old", revision: 1 },
    });
  });

  it("without services are refused or empty, never a crash", async () => {
    const server = await open({ services: [] });
    const health = await request(`${server.ingressUrl}/restate/health`, { method: "GET" });
    expect(health.json()).toEqual({ services: [] });
  });
});

it("two servers in one process do not know of each other", async () => {
  const [left, right] = await Promise.all([
    open({ dataDir: await emptyDataDir(), name: "left" }),
    open({ dataDir: await emptyDataDir(), name: "right" }),
  ]);
  const { invocationId } = await send(`${left.ingressUrl}/tools/echo/send`, { body: "left" });
  expect((await attach(left.ingressUrl, invocationId)).json()).toBe("left");
  expect((await attach(right.ingressUrl, invocationId)).status).toBe(404);
  await left.close();
  expect(await call(`${right.ingressUrl}/tools/relay`, "right")).toBe("right");
});

it("without a data directory everything is in memory, and gone after the end", async () => {
  const first = await open();
  const { invocationId } = await send(`${first.ingressUrl}/tools/relay/send`, { body: 1 });
  expect((await attach(first.ingressUrl, invocationId)).json()).toBe(1);
  await first.close();
  const second = await open();
  expect((await attach(second.ingressUrl, invocationId)).status).toBe(404);
});

it("acceptDataLoss does nothing to a sound directory", async () => {
  const dataDir = await emptyDataDir();
  const first = await open({ dataDir, acceptDataLoss: true });
  const { invocationId } = await send(`${first.ingressUrl}/tools/echo/send`, { body: "kept" });
  await attach(first.ingressUrl, invocationId);
  await first.close();
  const second = await open({ dataDir, acceptDataLoss: true });
  expect((await attach(second.ingressUrl, invocationId)).json()).toBe("kept");
});

describe("a handler that fails", () => {
  interface Attempts {
    readonly startedAt: number[];
    /** The lines of the service's logger. */
    readonly log: string[];
    /** The lines of the server's own log. */
    readonly serverLog: string[];
  }

  /** A service whose handler throws until its fourth attempt. */
  async function flaky(error: () => Error): Promise<Attempts & { readonly url: string }> {
    const attempts: Attempts = { startedAt: [], log: [], serverLog: [] };
    const stubborn = service({
      name: "stubborn",
      handlers: {
        work: async (_ctx: Context): Promise<string> => {
          attempts.startedAt.push(performance.now());
          if (attempts.startedAt.length < 4) throw error();
          return "at last";
        },
      },
      options: { retryPolicy: { initialInterval: 40, exponentiationFactor: 2, maxAttempts: 10 } },
    });
    const { ingressUrl } = await open({
      services: [stubborn],
      log: (level, message, fields) =>
        attempts.serverLog.push(`${level} ${message} ${JSON.stringify(fields)}`),
      logger: ({ level, context }, ...message) =>
        attempts.log.push(
          `${level} ${context?.invocationTarget} ${context?.invocationId} ${message.join(" ")}`,
        ),
    });
    return { ...attempts, url: `${ingressUrl}/stubborn/work` };
  }

  it("is retried with a growing delay, and shows in both logs", async () => {
    const { url, startedAt, log, serverLog } = await flaky(() => new Error("no luck today"));
    const answer = await request(url);
    expect(answer.json()).toBe("at last");
    expect(startedAt).toHaveLength(4);
    const gaps = startedAt.slice(1).map((at, i) => at - (startedAt[i] ?? 0));
    gaps.forEach((gap, i) => {
      // Timers may be early by a fraction of a millisecond.
      expect(gap, `gap ${i}`).toBeGreaterThan(40 * 2 ** i - 1);
    });
    const id = answer.headers.get("x-restate-id");
    const lines = log.filter((line) => line.includes("no luck today"));
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toContain(`warn stubborn/work ${id}`);
    const serverLines = serverLog.filter((line) => line.includes("no luck today"));
    expect(serverLines).toHaveLength(3);
    for (const line of serverLines) expect(line).toMatch(new RegExp(`^warn .*${id}`));
  });

  it("for the last time that it may is a failure, if so configured", async () => {
    let attempts = 0;
    const hopeless = service({
      name: "hopeless",
      handlers: {
        work: async (_ctx: Context): Promise<void> => {
          attempts += 1;
          throw new Error(`failure ${attempts}`);
        },
      },
      options: { retryPolicy: { initialInterval: 5, maxAttempts: 3, onMaxAttempts: "kill" } },
    });
    const { ingressUrl } = await open({ services: [hopeless], logger: () => undefined });
    const answer = await request(`${ingressUrl}/hopeless/work`);
    expect(answer.status).toBe(500);
    expect(answer.json()).toMatchObject({ message: "failure 3", source: "invocation" });
    expect(attempts).toBe(3);
  });

  it("terminally is not retried, and its code is the answer's", async () => {
    const error = () => new TerminalError("out of stock", { errorCode: 410 });
    const { url, startedAt } = await flaky(error);
    const answer = await request(url);
    expect(answer.status).toBe(410);
    expect(answer.json()).toEqual({ code: 410, message: "out of stock", source: "invocation" });
    expect(answer.headers.get("x-restate-error-source")).toBe("invocation");
    expect(answer.headers.get("x-restate-id")).toMatch(/^inv_/);
    expect(startedAt).toHaveLength(1);
  });
});

describe("large payloads", () => {
  const sizes = [100_000, 5 * MIB];

  it.each(sizes)("of %i bytes go through a call, a subtask and a restart", async (size) => {
    const dataDir = await emptyDataDir();
    const first = await open({ dataDir });
    const payload = pattern(size);
    expect(await call(`${first.ingressUrl}/tools/echo`, payload)).toBe(payload);
    const url = `${first.ingressUrl}/tools/relay`;
    const headers = { "idempotency-key": "large" };
    const answer = await request(url, { headers, body: payload });
    expect(answer.json()).toBe(payload);
    const id = answer.headers.get("x-restate-id") ?? "";
    await first.close();
    const second = await open({ dataDir });
    expect((await attach(second.ingressUrl, id)).json()).toBe(payload);
  });

  it.each([
    [20, 100_000],
    [20, MIB],
  ])("go through a fan-out of %i of %i bytes each", async (count, size) => {
    const { ingressUrl } = await open({ dataDir: await emptyDataDir() });
    const payload = pattern(size);
    const result = await call(`${ingressUrl}/tools/fanOut`, { count, payload });
    expect(result).toEqual(Array.from({ length: count }, (_, i) => `${i}:${payload}`));
  });

  it("over the limit are answered 413 and do no harm", async () => {
    const { ingressUrl } = await open({ limits: { requestBytesMax: 100_000 } });
    const url = `${ingressUrl}/tools/echo`;
    expect((await request(url, { body: pattern(99_998) })).status).toBe(200);
    const answer = await request(url, { body: pattern(99_999) });
    expect(answer.status).toBe(413);
    expect(answer.json()).toEqual({
      code: 413,
      message: "the body is larger than the limit of 100000 bytes",
      source: "ingress",
    });
    expect(await call(url, "small")).toBe("small");
  });

  it("over the limit that come in chunks are answered 413, also to who writes first", async () => {
    const { ingressUrl } = await open({ limits: { requestBytesMax: 100_000 } });
    const connection = await openConnection(ingressUrl);
    onTestFinished(() => connection.close());
    const type = "content-type: application/json";
    await connection.write(
      `POST /tools/echo HTTP/1.1\r\nhost: x\r\n${type}\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    const chunk = Buffer.alloc(0x10000, 0x20);
    const chunks = Array.from({ length: 256 }, () => [Buffer.from("10000\r\n"), chunk, "\r\n"]);
    const body = [...chunks.flat(), "0\r\n\r\n"].map((part) => Buffer.from(part));
    await connection.write(Buffer.concat(body));
    expect(await connection.readUntil(/\}$/)).toMatch(
      /^HTTP\/1\.1 413 [\s\S]*larger than the limit/,
    );
  }, 3_000);
});

/** Text of so many characters that does not compress to nothing. */
function pattern(length: number): string {
  const unit = Array.from({ length: 97 }, (_, i) => String.fromCharCode(97 + ((i * i) % 26)));
  return unit
    .join("")
    .repeat(Math.ceil(length / 97))
    .slice(0, length);
}
