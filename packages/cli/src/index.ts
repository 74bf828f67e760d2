/** The `rejoin` command as a function, for programs and tests that bring their own surroundings. */
export type { CliEnvironment } from "./environment/cli-environment.ts";
export { runCli } from "./run-cli.ts";
