/** `serve` in processes of its own, on the built package. */
import { type ChildProcess, fork } from "node:child_process";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTcp } from "node:net";
import { fileURLToPath } from "node:url";
import { encodeFrames } from "@rejoin/protocol";
import { describe, expect, onTestFinished, test } from "vitest";
import { inputMessage, sleepDone, startMessage } from "../../testing/messages.ts";
import { InvocationClient } from "./testing/invocation-client.ts";

const PROGRAM = fileURLToPath(new URL("testing/serve-child.mjs", import.meta.url));

interface Setup {
  readonly options?: { readonly port?: number };
  readonly ownListener?: boolean;
  readonly twice?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

type Event = { readonly kind: string; readonly port?: number; readonly message?: string };

/** A process that serves. */
class Served {
  readonly #child: ChildProcess;
  readonly #events: Event[] = [];
  readonly exit: Promise<number | string | null>;
  output = "";
  #exited = false;
  #wake: () => void = () => undefined;

  constructor({ env, ...setup }: Setup = { options: { port: 0 } }) {
    this.#child = fork(PROGRAM, [JSON.stringify(setup)], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, NODE_OPTIONS: "", PORT: "", ...env },
      execArgv: [],
    });
    const keep = (chunk: Buffer) => {
      this.output += chunk;
    };
    this.#child.stdout?.on("data", keep);
    this.#child.stderr?.on("data", keep);
    this.#child.on("message", (event: Event) => {
      this.#events.push(event);
      this.#wake();
    });
    this.exit = new Promise((resolve) => {
      this.#child.on("close", (code, signal) => {
        this.#exited = true;
        this.#wake();
        resolve(code ?? signal);
      });
    });
    onTestFinished(() => void this.#child.kill("SIGKILL"));
  }

  async event(kind: string): Promise<Event> {
    for (;;) {
      const found = this.#events.find((event) => event.kind === kind);
      if (found !== undefined) return found;
      if (this.#exited) throw new Error(`the process ended: ${this.output}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async port(): Promise<number> {
    return (await this.event("listening")).port ?? 0;
  }

  /** Well before connections would be broken. */
  exitSoon(): Promise<unknown> {
    const late = new Promise((resolve) => setTimeout(resolve, 5000, "not yet"));
    return Promise.race([this.exit, late]);
  }

  signal(signal: "SIGTERM" | "SIGINT" = "SIGTERM"): void {
    this.#child.kill(signal);
  }

  release(): void {
    this.#child.send("go");
  }
}

const health = (port: number, host = "127.0.0.1") =>
  fetch(`http://${host}:${port}/health`).then((response) => response.text());

describe("ports", () => {
  test("0 is any; the port is returned and logged", async () => {
    const served = new Served();
    const port = await served.port();
    expect(port).toBeGreaterThan(1023);
    expect(await health(port)).toBe("OK");
    expect(served.output).toMatch(
      new RegExp(
        `^\\[rejoin\\]\\[\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z\\] INFO: Rejoin SDK started listening on ${port}\\.\\.\\.\\n$`,
      ),
    );
  });

  test("the level of the log is the environment's", async () => {
    const served = new Served({ options: { port: 0 }, env: { REJOIN_LOGGING: "WARN" } });
    await served.port();
    expect(served.output).toBe("");
  });

  test("PORT counts, unless the option is given", async () => {
    const free = new Served();
    const port = await free.port();
    free.signal();
    await free.exit;
    const served = new Served({ env: { PORT: String(port) } });
    expect(await served.port()).toBe(port);
    const other = new Served({ options: { port: 0 }, env: { PORT: String(port) } });
    expect(await other.port()).not.toBe(port);
  });

  test("in use are told by number, with what to do", async () => {
    const port = await new Served().port();
    const served = new Served({ options: { port } });
    expect((await served.event("failed")).message).toBe(
      `port ${port} is in use by another program; stop it, or choose another port with the ` +
        "option port or the environment variable PORT",
    );
    expect(await served.exit).toBe(0);
  });

  test.each([
    [{ env: { PORT: "http" } }, 'the environment variable PORT is "http", but must be a number'],
    [{ env: { PORT: "65536" } }, "the port is 65536, but must be a number from 0 to 65535"],
    [{ options: { port: -1 } }, "the port is -1"],
    [{ options: { port: 1.5 } }, "the port is 1.5"],
  ])("that are none are refused: %j", async (setup, message) => {
    expect((await new Served(setup).event("failed")).message).toContain(message);
  });
});

describe.each(["SIGTERM", "SIGINT"] as const)("%s", (signal) => {
  test("ends an idle process at once, with 0", async () => {
    const served = new Served();
    const port = await served.port();
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    session.on("error", () => undefined);
    onTestFinished(() => session.destroy());
    const settled = new Promise<void>((resolve) => session.once("remoteSettings", () => resolve()));
    const silent = connectTcp(port, "127.0.0.1");
    silent.on("error", () => undefined);
    await health(port);
    await settled;
    served.signal(signal);
    expect(await served.exitSoon()).toBe(0);
  });

  test("suspends what awaits, over both protocols", async () => {
    const served = new Served();
    const port = await served.port();
    const path = "/invoke/svc/nap";
    const client2 = InvocationClient.http2({ port, path }).start();
    await client2.first("sleep");
    const client1 = InvocationClient.http1({ port, path }).start();
    await client1.first("sleep");
    served.signal(signal);
    expect((await client2.finished()).at(-1)).toMatchObject({ kind: "suspension" });
    expect((await client1.finished()).at(-1)).toMatchObject({ kind: "suspension" });
    expect(await served.exit).toBe(0);
  });
});

describe("draining", () => {
  test("waits for running code until its next await, and for streams that end by themselves", async () => {
    const served = new Served();
    const port = await served.port();
    const working = InvocationClient.http2({ port, path: "/invoke/svc/work" }).start();
    await served.event("working");
    const partial = InvocationClient.http2({ port, path: "/invoke/svc/leaf" });
    await partial.status();
    served.signal();
    await expect.poll(() => health(port).catch(() => "refused")).toBe("refused");
    expect(working.received).toEqual([]);
    partial.start(1);
    expect((await partial.finished()).at(-1)).toEqual({ kind: "end" });
    served.release();
    expect((await working.finished()).map((message) => (message as Event).kind)).toEqual([
      "sleep",
      "suspension",
    ]);
    expect(await served.exit).toBe(0);
  });

  test("refuses new invocations on connections that are still open", async () => {
    const served = new Served();
    const port = await served.port();
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    session.on("error", () => undefined);
    onTestFinished(() => session.destroy());
    const working = InvocationClient.http2({ port, path: "/invoke/svc/work" }, session).start();
    await served.event("working");
    const goaway = new Promise((resolve) => session.once("goaway", resolve));
    served.signal();
    expect(await goaway).toBe(0);
    served.release();
    await working.finished();
    expect(await served.exit).toBe(0);
  });

  test("ends connections that clients would keep", async () => {
    const served = new Served();
    const port = await served.port();
    const body = encodeFrames([startMessage(), inputMessage()], 7);
    const headers = { "content-type": "application/vnd.restate.invocation.v7" };
    const url = `http://127.0.0.1:${port}/invoke/svc/work`;
    const response = await fetch(url, { method: "POST", body, headers });
    await served.event("working");
    served.signal();
    served.release();
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
    expect(await served.exitSoon()).toBe(0);
  });

  test("a second signal ends the process at once", async () => {
    const served = new Served();
    const port = await served.port();
    const client = InvocationClient.http2({ port, path: "/invoke/svc/work" }).start();
    await served.event("working");
    served.signal("SIGINT");
    await expect.poll(() => health(port).catch(() => "refused")).toBe("refused");
    served.signal("SIGINT");
    expect(await served.exit).toBe(130);
    await client.closed();
  });

  test("with a signal listener of the user's the process goes on", async () => {
    const served = new Served({ options: { port: 0 }, ownListener: true });
    const port = await served.port();
    const client = InvocationClient.http2({ port, path: "/invoke/svc/nap" }).start();
    await client.first("sleep");
    served.signal();
    await served.event("own listener");
    expect((await client.finished()).at(-1)).toMatchObject({ kind: "suspension" });
    await expect.poll(() => health(port).catch(() => "refused")).toBe("refused");
    const state = await Promise.race([
      served.exit,
      new Promise((r) => setTimeout(r, 200, "alive")),
    ]);
    expect(state).toBe("alive");
  });

  test("the last of several endpoints ends the process", async () => {
    const served = new Served({ options: { port: 0 }, twice: true });
    const port = await served.port();
    const client = InvocationClient.http2({ port, path: "/invoke/svc/work" }).start();
    await served.event("working");
    served.signal();
    await expect.poll(() => health(port).catch(() => "refused")).toBe("refused");
    client.send(sleepDone(1));
    served.release();
    await client.finished();
    expect(await served.exit).toBe(0);
  });
});
