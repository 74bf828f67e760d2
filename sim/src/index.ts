/** The seeded simulator: the real server, engine and SDK on virtual time, with faults. */
export type { Violation, ViolationKind } from "./checker/violations.ts";
export type { Mutation } from "./mutation.ts";
export { createPlan, type Plan } from "./plan.ts";
export { type RunOptions, runSeed, type SeedResult } from "./run-seed.ts";
export { Stats } from "./stats.ts";
