/** Tests of durable services on a real server in the same process. */
export type { ClientFactory, SendClientFactory } from "./clients.ts";
export { createTestEnvironment } from "./create-test-environment.ts";
export type { AttemptFaultOptions, FailRunOptions, Faults } from "./endpoint/faults.ts";
export type { Named, TestEnvironment } from "./environment.ts";
export { type Mismatch, NonDeterminismError } from "./errors.ts";
export type { CrashKind } from "./explore/crash-points.ts";
export {
  type CrashDifference,
  CrashDifferenceError,
  CrashReport,
  type RepeatedClosure,
} from "./explore/crash-report.ts";
export {
  type CrashOptions,
  crashAfterEveryEntry,
  exploreCrashes,
} from "./explore/explore-crashes.ts";
export type { Awakeable } from "./inspect/awakeables.ts";
export type { InvocationFilter, InvocationStatus, InvocationView } from "./inspect/invocations.ts";
export type { JournalEntry } from "./inspect/journal.ts";
export type { StateProxy } from "./inspect/state.ts";
export type { TestEnvironmentOptions } from "./options.ts";
export {
  RestateTestEnvironment,
  type RestateTestEnvironmentOptions,
} from "./restate-test-environment.ts";
export type { TimeMode } from "./time/driver.ts";
