/** What the ingress carries. */
import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import type { Group } from "../harness/group.ts";
import { unique } from "../harness/ingress.ts";
import { on } from "./targets.ts";

export const ingressBasics: Group = {
  name: "Ingress",
  needs: ["TestUtilsService"],
  tests: {
    "passes headers on": async ({ ingress }) => {
      const [name, value] = ["x-my-custom-header", unique("value")];
      const seen = await ingress.call<Record<string, string>>(
        on("TestUtilsService", "echoHeaders"),
        undefined,
        { headers: { [name]: value } },
      );
      expect(seen).toMatchObject({ [name]: value });
    },

    "carries bytes as they are": async ({ ingress }) => {
      const bytes = new Uint8Array(randomBytes(100));
      const response = await fetch(`${ingress.url}/TestUtilsService/rawEcho`, {
        method: "POST",
        headers: { "content-type": "application/octet-stream", "idempotency-key": unique("raw") },
        body: bytes,
      });
      expect(response.status).toBe(200);
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
    },

    "carries text": async ({ ingress }) => {
      expect(await ingress.call(on("TestUtilsService", "echo"), "grüß dich")).toBe("grüß dich");
    },
  },
};
