/** What README.md says to do, by its own commands, as far as it goes without a person. */
import { expect } from "vitest";
import { readBlocks, readCommands } from "./readme-blocks.ts";
import { type Installation, openReadmeTerminal } from "./readme-terminal.ts";

const RESULT =
  '{"description":"get out of bed: DONE,shower: DONE,make coffee: DONE,have breakfast: DONE"}';
const GREETINGS = '["Hello, Ada!","Hello, Grace!","Hello, Edsger!"]';
const READY = /^rejoin server is ready: /m;

/** Embedded, killed while it greets, and then moved to a server. */
export async function runEmbedded(installation?: Installation): Promise<void> {
  const terminal = await openReadmeTerminal(installation);
  const [program = ""] = await readBlocks("Embedded in your program", "ts");
  const [run = "", call = "", ...rest] = await readCommands("Embedded in your program");
  expect(rest).toEqual([]);
  await terminal.save("hello.ts", program);
  const first = terminal.start(run);
  await first.find(/calls go to http/);
  const broken = terminal.curl(call).catch(() => "broken");
  await first.kill();
  await broken;
  const second = terminal.start(run);
  await second.find(/calls go to http/);
  expect(await terminal.curl(call)).toBe(GREETINGS);
  await second.kill();

  const [serve = "", update = "", ...others] = await readCommands("From embedded to a server");
  expect(others).toEqual([]);
  const served = program
    .replace("service }", "serve, service }")
    .replace(/import \{ start \}.*\n/, "")
    .replace(/const server = await start[\s\S]*$/, "serve({ services: [greeter], port: 9080 });\n");
  await terminal.save("serve-hello.ts", served);
  const service = terminal.start("npx tsx serve-hello.ts");
  const server = terminal.start(serve);
  await Promise.all([service.find(/listening on \d/), server.find(READY)]);
  expect(await terminal.run(update, "--yes")).toContain("updated embedded:main");
  expect(await terminal.curl(call)).toBe(GREETINGS);
  expect(await terminal.curl(call.replace("key: 1", "key: 2"))).toBe(GREETINGS);
}

/** Under `rejoin up`. */
export async function runUnderUp(installation?: Installation): Promise<void> {
  const terminal = await openReadmeTerminal(installation);
  const [up = "", call = "", ...rest] = await readCommands("While you develop");
  expect(rest).toEqual([]);
  const started = terminal.start(up);
  await started.find(/registered worker/);
  expect(await terminal.curl(call)).toBe(RESULT);
  expect(await started.stop()).toEqual({ code: 0, signal: null });
}

/** A server, a service and a client. */
export async function runServerAndServices(installation?: Installation): Promise<void> {
  const terminal = await openReadmeTerminal(installation);
  const commands = await readCommands("A server, and services of their own");
  const [serve = "", watch = "", register = "", call = "", ...rest] = commands;
  expect(rest).toEqual([]);
  const server = terminal.start(serve);
  const app = terminal.start(watch);
  await Promise.all([server.find(READY), app.find(/listening on \d/)]);
  expect(await terminal.run(register, "--yes")).toContain("worker");
  expect(await terminal.curl(call)).toBe(RESULT);
}
