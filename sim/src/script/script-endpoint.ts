/** The services that run scripts, as an endpoint. */
import type { EndpointManifest, ServiceManifest } from "@rejoin/protocol";
import type { InProcessEndpoint } from "@rejoin/sdk";
import { ScriptMachine, type ScriptWatcher } from "./machine.ts";
import { HELPER, OBJECT, WORKFLOW } from "./script.ts";
import { runScript } from "./steps.ts";

const SERVICES: readonly ServiceManifest[] = [
  {
    name: OBJECT,
    ty: "VIRTUAL_OBJECT",
    handlers: [
      { name: "turn", ty: "EXCLUSIVE" },
      { name: "look", ty: "SHARED" },
    ],
  },
  {
    name: WORKFLOW,
    ty: "WORKFLOW",
    handlers: [
      { name: "run", ty: "WORKFLOW" },
      { name: "poke", ty: "SHARED" },
    ],
  },
  { name: HELPER, ty: "SERVICE", handlers: [{ name: "help" }] },
];

/** `endpoint` with the services of scripts beside its own. */
export function withScripts(
  endpoint: InProcessEndpoint,
  watcher: ScriptWatcher,
  lazyState: boolean,
): InProcessEndpoint {
  const added = SERVICES.map((service) =>
    lazyState ? { ...service, enableLazyState: true } : service,
  );
  const services = [...endpoint.manifest.services, ...added];
  const manifest: EndpointManifest = { ...endpoint.manifest, services };
  const names = new Set(added.map(({ name }) => name));
  return {
    manifest,
    convert: (request) => endpoint.convert(request),
    open(request, sink) {
      if (!names.has(request.service)) return endpoint.open(request, sink);
      return new ScriptMachine({ watcher, request, sink, createSteps: runScript });
    },
  };
}
