/** Recordings of a real server. */
import { createAdminClient, type InvocationDetails } from "@rejoin/client";
import { start } from "@rejoin/server";
import { expect } from "vitest";
import { fetchRecording } from "../replay/fetch-recording.ts";
import type { Recording } from "../replay/recording.ts";
import { cart, createWorker, leaf } from "./replay-services.ts";

export interface RecordedServer {
  readonly adminUrl: string;
  /** Calls a handler, and gives the invocation's id; a path that ends in `/send` does not wait. */
  invoke(path: string, body?: unknown): Promise<string>;
  /** Once what is told of the invocation is as it should be. */
  record(id: string, isDone?: (details: InvocationDetails) => boolean): Promise<Recording>;
  close(): Promise<void>;
}

export async function startRecordedServer(): Promise<RecordedServer> {
  const quiet = () => undefined;
  const server = await start({ services: [createWorker(), leaf, cart], logger: quiet, log: quiet });
  const admin = createAdminClient({ url: server.adminUrl });
  return {
    adminUrl: server.adminUrl,
    close: () => server.close(),
    invoke: async (path, body = null) => {
      const response = await fetch(`${server.ingressUrl}/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      const id = response.headers.get("x-restate-id");
      return id ?? ((await response.json()) as { invocationId: string }).invocationId;
    },
    record: async (id, isDone = ({ status }) => status === "completed") => {
      await expect.poll(async () => isDone(await admin.getInvocation(id))).toBe(true);
      return await fetchRecording(admin, id, 0);
    },
  };
}
