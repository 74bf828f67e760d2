/** The services of the benchmark on the reference SDK, in a process on this Node. */
import type { Resources } from "../resources.ts";
import { startNodeProgram } from "../target/measured-process.ts";
import { QUIET, type ServiceSide } from "../target/two-processes.ts";
import type { Installation } from "./install.ts";

/** For the reference server and for ours alike. */
export async function startReferenceServices(
  { sdkModule }: Installation,
  resources: Resources,
): Promise<ServiceSide> {
  const { greeting, measured } = await startNodeProgram<{ readonly port: number }>(
    {
      name: "services",
      module: "../restate/service-process",
      args: [sdkModule],
      preload: ["../restate/polyfill"],
      env: QUIET,
    },
    resources,
  );
  return { port: greeting.port, measured };
}
