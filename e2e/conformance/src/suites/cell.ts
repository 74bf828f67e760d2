/** That the cell is what its name says. */
import { expect } from "vitest";
import type { Group } from "../harness/group.ts";
import { on } from "./targets.ts";

interface Deployment {
  readonly uri: string;
  readonly protocol_type: string;
  readonly services: readonly { readonly name: string }[];
}

export const theCell: Group = {
  name: "Cell",
  needs: ["Napper"],
  tests: {
    "speaks its protocol": async ({ cell, ingress, admin }) => {
      const { invocationId } = await ingress.send(on("Napper", "nap"), 10);
      await ingress.attach(invocationId);
      const shown = await admin.untilStatus(invocationId, "completed");
      expect(shown?.pinned_service_protocol_version).toBe(cell.protocol);
    },

    "speaks over its transport": async ({ cell, admin }) => {
      const { deployments } = await admin.must<{ deployments: Deployment[] }>(
        "GET",
        "/deployments",
      );
      const wanted = cell.transport === "http1" ? "RequestResponse" : "BidiStream";
      for (const { protocol_type } of deployments) expect(protocol_type).toBe(wanted);
      const hosting = deployments.filter(({ services }) =>
        services.some(({ name }) => name === "Napper"),
      );
      const scheme = cell.transport === "in-process" ? /^embedded:/ : /^http:/;
      expect(hosting).toEqual([expect.objectContaining({ uri: expect.stringMatching(scheme) })]);
    },

    "suspends as it should": async ({ cell, ingress, admin }) => {
      const { invocationId } = await ingress.send(on("Napper", "nap"), 3_600_000);
      const waits = cell.suspends === "always" || cell.transport === "http1";
      await admin.untilStatus(invocationId, waits ? "suspended" : "running");
      await admin.mustAct(invocationId, "kill");
    },
  },
};
