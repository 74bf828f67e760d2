/** Every service of the suite, by its name. */
import { createAttacher } from "./attacher.ts";
import { createAwakeableEcho } from "./awakeable-echo.ts";
import { createAwakeableHolder } from "./awakeable-holder.ts";
import { createBlockAndWaitWorkflow } from "./block-and-wait-workflow.ts";
import { createCancelTestBlockingService, createCancelTestRunner } from "./cancel-test.ts";
import { createCommandInterpreter } from "./command-interpreter.ts";
import { createCounter } from "./counter.ts";
import { createExplicitCancellation } from "./explicit-cancellation.ts";
import { createFailing } from "./failing.ts";
import { createGate } from "./gate.ts";
import { createHooked } from "./hooked.ts";
import { createKillTestRunner, createKillTestSingleton } from "./kill-test.ts";
import { createListObject } from "./list-object.ts";
import { createLoudObject, createLoudService, createLoudWorkflow } from "./loud.ts";
import { createMapObject } from "./map-object.ts";
import { createNonDeterministic } from "./non-deterministic.ts";
import { createPreviewed, createPreviewedByDefault } from "./previewed.ts";
import { createProgramHelper } from "./program-helper.ts";
import { createProgramLayer } from "./program-interpreter.ts";
import { createPromiseCombinators } from "./promise-combinators.ts";
import { createProxy } from "./proxy.ts";
import { createBriefCounter, createNapper } from "./retention.ts";
import type { Definition, Sdk, ServiceEntry } from "./sdk.ts";
import { createSignalListener } from "./signal-listener.ts";
import { createSteerable } from "./steerable.ts";
import { createTestUtilsService } from "./test-utils-service.ts";
import { createVersioned } from "./versioned.ts";

const OBJECT = ["object", "handlers", "TerminalError"] as const;

const LAZY = { enableLazyState: true };

const CATALOGUE = {
  Attacher: { uses: ["service", "InvocationIdParser"], create: createAttacher },
  AwakeableEcho: { uses: OBJECT, create: createAwakeableEcho },
  AwakeableHolder: { uses: OBJECT, create: createAwakeableHolder },
  BlockAndWaitWorkflow: { uses: ["workflow", "TerminalError"], create: createBlockAndWaitWorkflow },
  BriefCounter: { uses: OBJECT, create: createBriefCounter },
  CancelTestBlockingService: { uses: OBJECT, create: createCancelTestBlockingService },
  CancelTestRunner: { uses: OBJECT, create: createCancelTestRunner },
  Counter: { uses: OBJECT, create: createCounter },
  ExplicitCancellation: { uses: ["service", "internal"], create: createExplicitCancellation },
  Failing: { uses: OBJECT, create: createFailing },
  Gate: { uses: ["service"], create: createGate },
  Hooked: { uses: ["service", "handlers", "TerminalError"], create: createHooked },
  KillTestRunner: { uses: OBJECT, create: createKillTestRunner },
  KillTestSingleton: { uses: OBJECT, create: createKillTestSingleton },
  LazyCounter: { uses: OBJECT, create: (sdk, name) => createCounter(sdk, name, LAZY) },
  LazyMapObject: { uses: OBJECT, create: (sdk, name) => createMapObject(sdk, name, LAZY) },
  ListObject: { uses: OBJECT, create: createListObject },
  LoudObject: { uses: ["object", "handlers"], create: createLoudObject },
  LoudService: { uses: ["service"], create: createLoudService },
  LoudWorkflow: { uses: ["workflow"], create: createLoudWorkflow },
  MapObject: { uses: OBJECT, create: createMapObject },
  Napper: { uses: ["service"], create: createNapper },
  NonDeterministic: { uses: OBJECT, create: createNonDeterministic },
  Previewed: { uses: ["service", "handlers"], create: createPreviewed },
  PreviewedByDefault: {
    uses: ["service", "handlers", "serde"],
    create: createPreviewedByDefault,
  },
  ProgramHelper: { uses: ["service", "TerminalError"], create: createProgramHelper },
  ProgramLayer0: { uses: OBJECT, create: createProgramLayer },
  ProgramLayer1: { uses: OBJECT, create: createProgramLayer },
  ProgramLayer2: { uses: OBJECT, create: createProgramLayer },
  PromiseCombinators: { uses: ["service", "InvocationIdParser"], create: createPromiseCombinators },
  Proxy: { uses: ["service", "RestatePromise"], create: createProxy },
  SignalListener: { uses: ["service", "InvocationIdParser"], create: createSignalListener },
  Steerable: { uses: ["service", "TerminalError"], create: createSteerable },
  TestUtilsService: { uses: ["service", "serde", "handlers"], create: createTestUtilsService },
  Versioned: { uses: OBJECT, create: createVersioned },
  VirtualObjectCommandInterpreter: { uses: OBJECT, create: createCommandInterpreter },
} as const satisfies Record<string, ServiceEntry>;

export type ServiceName = keyof typeof CATALOGUE;

export interface Created {
  readonly definitions: readonly Definition[];
  /** Names of what was not created, with the reason. */
  readonly lacking: Readonly<Record<string, string>>;
}

/**
 * Creates the services that `selection` names.
 *
 * @param selection names with commas between them, or `*`; `Name=Other` gives a service another name
 */
export function createServices(sdk: Sdk, selection = "*"): Created {
  const wanted = selection === "*" ? Object.keys(CATALOGUE) : selection.split(",");
  const definitions: Definition[] = [];
  const lacking: Record<string, string> = {};
  for (const item of wanted) {
    const [name = "", alias = name] = item.split("=");
    const entry = (CATALOGUE as Record<string, ServiceEntry>)[name];
    if (entry === undefined) throw new Error(`no service of the suite is called ${name}`);
    const missing = entry.uses.filter((used) => sdk[used] === undefined);
    if (missing.length === 0) definitions.push(entry.create(sdk, alias));
    else lacking[alias] = `the SDK has no ${missing.join(", ")}`;
  }
  return { definitions, lacking };
}
