/** Codes of failed attempts that come from what is asked for, not from how an endpoint misbehaves. */
import { type RunningServer, start } from "@rejoin/server";
import { expect, it, onTestFinished } from "vitest";
import { pollInvocation, register, type ShownInvocation } from "./support/admin-client.ts";
import { request, send } from "./support/ingress-client.ts";
import {
  bytesField,
  frame,
  numberField,
  type Script,
  type ScriptedEndpoint,
  startScriptedEndpoint,
} from "./support/scripted-endpoint.ts";

const retryPolicy = {
  retryPolicyInitialInterval: 30,
  retryPolicyMaxInterval: 60,
  retryPolicyMaxAttempts: 1000,
};

interface Setting {
  readonly server: RunningServer;
  readonly endpoint: ScriptedEndpoint;
  readonly deploymentId: string;
}

/** A server, and an endpoint with service `Asks` that does what the script says. */
async function open(
  script: Script | undefined,
  endpointOptions: Readonly<Record<string, unknown>> = {},
  maxProtocolVersion = 7,
): Promise<Setting> {
  const server = await start({ services: [], log: () => undefined, maxProtocolVersion });
  onTestFinished(() => server.close());
  const endpoint = await startScriptedEndpoint({
    name: "Asks",
    options: retryPolicy,
    endpointOptions,
  });
  onTestFinished(() => endpoint.close());
  const answer = await register(server.adminUrl, { uri: endpoint.url });
  expect(answer.status, answer.text).toBe(201);
  endpoint.script = script;
  return { server, endpoint, deploymentId: (answer.json() as { id: string }).id };
}

async function sendTo({ server }: Setting): Promise<string> {
  return (await send(`${server.ingressUrl}/Asks/echo/send`, { body: 1 })).invocationId;
}

/** Waits until the invocation has failed with that code. */
function pollCode({ server }: Setting, id: string, code: string): Promise<ShownInvocation> {
  return pollInvocation(
    server.adminUrl,
    id,
    ({ last_failure_error_code }) => last_failure_error_code === code,
  );
}

/** A right answer with these messages. */
function answers(...messages: readonly Buffer[]): Script {
  return ({ stream, contentType }) => {
    stream.respond({ ":status": 200, "content-type": contentType });
    stream.end(Buffer.concat(messages));
  };
}

const runCommand = frame(0x0411, numberField(11, 1));
const error = frame(0x0002, Buffer.concat([numberField(1, 500), bytesField(2, "not today")]));

it.each([
  ["before it has done anything", [error], "no deployment of service Asks is registered"],
  ["once it has begun there", [runCommand, error], "is not there; start it again"],
])("RT0011: an invocation whose deployment is removed %s", async (_, messages, text) => {
  const setting = await open(answers(...messages));
  const id = await sendTo(setting);
  await pollCode(setting, id, "RT0007");
  const url = `${setting.server.adminUrl}/deployments/${setting.deploymentId}?force=true`;
  const removed = await request(url, { method: "DELETE" });
  expect(removed.status, removed.text).toBe(202);
  const failed = await pollCode(setting, id, "RT0011");
  expect(failed.last_failure).toContain(text);
  expect(failed.status).toBe("backing-off");
});

it("RT0013: a service whose endpoint speaks only newer protocol versions than the server", async () => {
  const setting = await open(undefined, { minProtocolVersion: 6, maxProtocolVersion: 7 }, 5);
  const failed = await pollCode(setting, await sendTo(setting), "RT0013");
  expect(failed.last_failure).toContain(
    `deployment ${setting.deploymentId} speaks protocol versions 6 to 7`,
  );
  expect(setting.endpoint.attemptsAt).toEqual([]);
});

/** Service, handler, parameter, and where its results go. */
function call(...more: readonly Buffer[]): Buffer {
  const ids = [numberField(10, 1), numberField(11, 2)];
  const target = [bytesField(1, "Asks"), bytesField(2, "echo"), bytesField(3, "1")];
  return frame(0x040d, Buffer.concat([...target, ...more, ...ids]));
}

it.each([
  ["a key", bytesField(5, "k"), "Asks is a plain service: it is called without a key"],
  ["an empty idempotency key", bytesField(6, ""), "the idempotency key of a call to Asks/echo"],
])("RT0017: a call of a plain service with %s", async (_, field, text) => {
  const setting = await open(answers(call(field)));
  const id = await sendTo(setting);
  const failed = await pollCode(setting, id, "RT0017");
  expect(failed.last_failure).toContain(text);
  // Nothing of the command was stored: right code goes on from there.
  setting.endpoint.script = undefined;
  await pollInvocation(setting.server.adminUrl, id, ({ status }) => status === "completed");
});

const value = bytesField(3, bytesField(1, "v"));

it.each([
  ["state", frame(0x0403, Buffer.concat([bytesField(1, "k"), value])), "which has no state"],
  ["a durable promise", frame(0x0409, named("p")), "only workflows have promises"],
  ["what is no invocation", frame(0x0412, named("inv_1")), "inv_1 is no invocation id"],
])("RT0017: a plain service that asks for %s", async (_, command, text) => {
  const setting = await open(answers(command));
  const failed = await pollCode(setting, await sendTo(setting), "RT0017");
  expect(failed.last_failure).toContain(text);
});

/** A name, or an id, and where the result goes. */
function named(name: string): Buffer {
  return Buffer.concat([bytesField(1, name), numberField(11, 1)]);
}

it.each([
  ["a limit key and no scope", [bytesField(8, "tenant-1")], "needs a scope"],
  ["a scope that cannot be", [bytesField(7, "no spaces")], 'the scope "no spaces" is not'],
  ["a limit key of three", [bytesField(7, "s"), bytesField(8, "a/b/c")], "one or two parts"],
])("RT0024: a call with %s", async (_, fields, text) => {
  const setting = await open(answers(call(...fields)));
  const failed = await pollCode(setting, await sendTo(setting), "RT0024");
  expect(failed.last_failure).toContain("the call to Asks/echo is refused: ");
  expect(failed.last_failure).toContain(text);
});

it("RT0025: what is awaited is nested too deeply; the invocation is paused", async () => {
  const setting = await open(answers(runCommand, suspensionOf(1001)));
  const failed = await pollCode(setting, await sendTo(setting), "RT0025");
  expect(failed.last_failure).toContain("1000");
  expect(failed.status).toBe("paused");
});

it("a tree of the greatest depth is awaited", async () => {
  const setting = await open(answers(runCommand, suspensionOf(1000)));
  const id = await sendTo(setting);
  await pollInvocation(setting.server.adminUrl, id, ({ status }) => status === "suspended");
});

/** A Suspension that awaits completion 1, nested so deep. */
function suspensionOf(depth: number): Buffer {
  let tree = numberField(1, 1);
  for (let level = 1; level < depth; level++) {
    tree = Buffer.concat([bytesField(4, tree), numberField(5, 2)]);
  }
  return frame(0x0001, bytesField(4, tree));
}
