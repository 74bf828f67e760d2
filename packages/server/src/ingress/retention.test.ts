/** A result that is kept longer than there are dates. */
import { describe, expect, it } from "vitest";
import { Host } from "../testing/host.ts";
import type { Handlers } from "../testing/script.ts";

describe("a result that is kept for ever", () => {
  it("is answered again", async () => {
    const handlers: Handlers = {
      once: { script: () => "done", idempotencyRetention: Number.MAX_SAFE_INTEGER },
    };
    const host = await Host.start({ handlers, partitions: 1 });
    try {
      const options = { idempotencyKey: "k" };
      expect(await host.call("once", "", options)).toMatchObject({ status: 200, text: "done" });
      expect(await host.call("once", "", options)).toMatchObject({ status: 200, text: "done" });
    } finally {
      await host.close();
    }
  });
});
