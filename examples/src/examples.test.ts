/** Every example, as it is written. */
import { afterAll, beforeAll, describe } from "vitest";
import * as basics from "../typescript/basics/src/index.ts";
import * as tracing from "../typescript/opentelemetry/src/index.ts";
import * as patterns from "../typescript/patterns/src/index.ts";
import * as starter from "../typescript/starter/src/index.ts";
import * as tutorials from "../typescript/tutorials/src/index.ts";
import { beQuick } from "./quick.ts";
import { type RunningExample, runEmbedded, runServed, type Services } from "./run-example.ts";
import { testBasics } from "./suites/basics.suite.ts";
import { testOpenTelemetry } from "./suites/opentelemetry.suite.ts";
import { testPatterns } from "./suites/patterns.suite.ts";
import { testStarter } from "./suites/starter.suite.ts";
import { testTutorials } from "./suites/tutorials.suite.ts";

beQuick();

describe("in the process of the server", { concurrent: true }, () => {
  const services = [...basics.services, ...patterns.services];
  const running = keepRunning(runEmbedded, services);
  testBasics(basics, running);
  testPatterns(patterns, running);
});

describe("over HTTP/2", { concurrent: true }, () => {
  const services = [starter.greeter, ...tutorials.services, ...tracing.services];
  const running = keepRunning((served) => runServed(served), services);
  testStarter(starter, running);
  testTutorials(tutorials, running);
  testOpenTelemetry(tracing, running);
});

function keepRunning(
  run: (services: Services) => Promise<RunningExample>,
  services: Services,
): () => RunningExample {
  let running: RunningExample;
  beforeAll(async () => {
    running = await run(services);
  });
  afterAll(() => running.close());
  return () => running;
}
