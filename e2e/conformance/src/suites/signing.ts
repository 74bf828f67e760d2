/** Services that take requests of their server alone. */
import { expect } from "vitest";
import { remoteTransportOf } from "../harness/cell.ts";
import type { Group } from "../harness/group.ts";
import { createIdentity } from "../harness/identity.ts";
import { unique } from "../harness/ingress.ts";
import { startServiceHost } from "../harness/service-host.ts";

const KEY_VARIABLE = "E2E_REQUEST_SIGNING";

export const signing: Group = {
  name: "ProxyRequestSigning",
  needs: ["identityKeys", "Counter"],
  tests: {
    "takes what its server has signed": async ({ ingress, server, deploy }) => {
      const name = unique("Signed");
      await deploy({
        services: `Counter=${name}`,
        variables: { [KEY_VARIABLE]: server.publicKey },
      });
      const update = await ingress.call([name, "any key / with ü", "add"], 1);
      expect(update).toEqual({ oldValue: 0, newValue: 1 });
      expect(await ingress.call([name, "any key / with ü", "get"])).toBe(1);
    },

    "refuses what another has signed": async ({ cell, admin }) => {
      const { child, uri } = await startServiceHost(cell, {
        services: `Counter=${unique("Signed")}`,
        variables: { [KEY_VARIABLE]: createIdentity().publicKey },
      });
      try {
        const body = { uri, use_http_11: remoteTransportOf(cell) === "http1" };
        const answer = await admin.request("POST", "/deployments", body);
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.text).toContain("401");
      } finally {
        await child.kill();
      }
    },
  },
};
