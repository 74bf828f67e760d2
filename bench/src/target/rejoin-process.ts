/**
 * The process that is measured: a server on the data directory that its argument names. It answers
 * each {@link Request} with one message, and ends when it is told to or its parent has gone.
 */
import { CpuRecorder } from "../profile/cpu-recorder.ts";
import { openEmbedded } from "./embedded.ts";

export type Request =
  | { readonly kind: "usage" }
  | { readonly kind: "startProfile" }
  | { readonly kind: "stopProfile"; readonly file: string }
  | { readonly kind: "close" };

const server = await openEmbedded(process.argv[2] ?? "");
const recorder = new CpuRecorder();

async function answer(request: Request): Promise<unknown> {
  switch (request.kind) {
    case "usage":
      return server.usage();
    case "startProfile":
      await recorder.start();
      return {};
    case "stopProfile":
      await recorder.stop(request.file);
      return {};
    case "close":
      await server.close();
      return {};
  }
}

process.on("message", (request: Request) => {
  void answer(request).then((message) => process.send?.(message));
});
process.on("disconnect", () => process.exit());
process.send?.({ ingressUrl: server.ingressUrl });
