/**
 * The same with the reference's SDK and client: not a line of an example is ours alone. And with
 * attempts that end whenever a handler waits: no example depends on what it had in memory.
 */
import { afterAll, beforeAll, describe, vi } from "vitest";
import { type Bundled, type BundleOptions, loadBundled } from "./bundled.ts";
import { beQuick } from "./quick.ts";
import { type RunningExample, runServed, type Services, type Suspends } from "./run-example.ts";
import { testBasics } from "./suites/basics.suite.ts";
import { testOpenTelemetry } from "./suites/opentelemetry.suite.ts";
import { testParallelizingWork } from "./suites/parallelizing-work.suite.ts";
import { testPatterns } from "./suites/patterns.suite.ts";
import { testStarter } from "./suites/starter.suite.ts";
import { testTutorials } from "./suites/tutorials.suite.ts";

type Basics = typeof import("../typescript/basics/src/index.ts");
type Parallelizing = typeof import("../typescript/parallelizing-work/src/worker.ts");
type Patterns = typeof import("../typescript/patterns/src/index.ts");
type Starter = typeof import("../typescript/starter/src/index.ts");
type Tracing = typeof import("../typescript/opentelemetry/src/index.ts");
type Tutorials = typeof import("../typescript/tutorials/src/index.ts");

interface Variant {
  readonly sdk: BundleOptions["sdk"];
  readonly suspends: Suspends;
}

const full = process.env.REJOIN_TEST_FULL === "1";
const usual: readonly Variant[] = [{ sdk: "reference", suspends: "normally" }];
const more: readonly Variant[] = [
  { sdk: "reference", suspends: "always" },
  { sdk: "rejoin", suspends: "always" },
];
const variants = full ? [...usual, ...more] : usual;

beQuick();

describe.each(variants)("on the SDK $sdk, suspending $suspends", ({ sdk, suspends }) => {
  describe("the example", { concurrent: true }, async () => {
    vi.stubEnv("SUBTASK_MS_MAX", "20");
    const load = <Example>(name: string, file = "index.ts"): Promise<Bundled<Example>> =>
      loadBundled(name, { sdk, file, instance: suspends });
    const { example: basics, ...switched } = await load<Basics>("basics");
    const { example: parallel } = await load<Parallelizing>("parallelizing-work", "worker.ts");
    const { example: patterns } = await load<Patterns>("patterns");
    const { example: starter } = await load<Starter>("starter");
    const { example: tracing } = await load<Tracing>("opentelemetry");
    const { example: tutorials } = await load<Tutorials>("tutorials");
    const services: Services = [
      ...[...basics.services, ...patterns.services, ...tracing.services, ...tutorials.services],
      ...[parallel.fanOutWorker, starter.greeter],
    ];

    let example: RunningExample;
    beforeAll(async () => {
      example = await runServed(services, { sdk: switched, suspends });
    });
    afterAll(() => example.close());

    const running = () => example;
    testBasics(basics, running);
    testParallelizingWork(parallel, running);
    testPatterns(patterns, running);
    testStarter(starter, running);
    testTutorials(tutorials, running);
    testOpenTelemetry(tracing, running);
  });
});
