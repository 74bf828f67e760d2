/** Rejoin, embedded: one process that holds the server and the services. */
import { fileURLToPath } from "node:url";
import { VERSION } from "@rejoin/server";
import { type Child, forkChild } from "./child.ts";
import { directoryBytes } from "./directory-bytes.ts";
import type { Request } from "./rejoin-process.ts";
import type { Session, Target, TargetContext, Usage } from "./target.ts";

export const rejoinTarget: Target = {
  name: "rejoin",
  facts: { version: VERSION, mode: "embedded", store: "LevelDB, fsync on each commit" },
  open,
};

async function open({ resources, directory }: TargetContext): Promise<Session> {
  const data = resources.temporaryDirectory(directory);
  const { script, flags } = program();
  const child = forkChild(script, [data.path], { resources, flags });
  const { ingressUrl } = (await child.reply()) as { readonly ingressUrl: string };
  return {
    ingressUrl,
    usage: () => ask(child, { kind: "usage" }) as Promise<Usage>,
    profiler: {
      start: async () => void (await ask(child, { kind: "startProfile" })),
      stop: async (file) => void (await ask(child, { kind: "stopProfile", file })),
    },
    close: async () => {
      await ask(child, { kind: "close" });
      await child.end();
      const dataBytes = directoryBytes(data.path);
      data.remove();
      return { dataBytes };
    },
  };
}

/** The compiled program; in a test, which runs from sources, the source. */
function program(): { readonly script: string; readonly flags: readonly string[] } {
  const fromSource = import.meta.url.endsWith(".ts");
  const name = fromSource ? "./rejoin-process.ts" : "./rejoin-process.js";
  const script = fileURLToPath(new URL(name, import.meta.url));
  return { script, flags: fromSource ? ["--conditions=rejoin:source", "--import", "tsx"] : [] };
}

function ask(child: Child, request: Request): Promise<unknown> {
  return child.ask(request);
}
