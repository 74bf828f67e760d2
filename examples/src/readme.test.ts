/** The requests that the examples' pages show, in their order. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { services as basics } from "../typescript/basics/src/index.ts";
import { services as tracing } from "../typescript/opentelemetry/src/index.ts";
import { services as patterns } from "../typescript/patterns/src/index.ts";
import { greeter } from "../typescript/starter/src/index.ts";
import { services as tutorials } from "../typescript/tutorials/src/index.ts";
import { beQuick } from "./quick.ts";
import { readRequests, sendLikeCurl } from "./readme-requests.ts";
import { type RunningExample, runEmbedded } from "./run-example.ts";

beQuick();

describe("the requests of README.md", () => {
  let running: RunningExample;
  beforeAll(async () => {
    const services = [...basics, ...tracing, ...patterns, greeter, ...tutorials];
    running = await runEmbedded(services);
  });
  afterAll(() => running.close());

  const examples = ["starter", "basics", "patterns", "tutorials", "opentelemetry"];
  it.concurrent.each(examples)("are answered as it says: %s", async (name) => {
    const page = new URL(`../typescript/${name}/README.md`, import.meta.url);
    const requests = await readRequests(page);
    expect(requests.length).toBeGreaterThan(0);
    for (const { command, answer } of requests) {
      const { status, text } = await sendLikeCurl(command, running.ingressUrl);
      expect({ command, status, text }).toEqual({
        command,
        status: command.includes("/send") ? 202 : 200,
        text: answer ?? text,
      });
    }
  });
});
