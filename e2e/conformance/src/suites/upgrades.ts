/** Two versions of a service. */
import { expect } from "vitest";
import { until } from "../harness/eventually.ts";
import type { Group } from "../harness/group.ts";
import { unique } from "../harness/ingress.ts";
import { fromBytes, on, proxied } from "./targets.ts";

export const upgrades: Group = {
  name: "Upgrade",
  needs: ["Versioned", "Proxy"],
  tests: {
    "sends new invocations to the new version": async ({ ingress, deploy }) => {
      const name = unique("Versioned");
      const services = `Versioned=${name}`;
      const target = [name, "any", "version"] as const;
      const ask = () => ingress.call<string>(target);
      const askByProxy = async () =>
        fromBytes(await ingress.call<number[]>(on("Proxy", "call"), proxied(target)));
      await deploy({ services, variables: { VERSION: "v1" } });
      expect([await ask(), await askByProxy()]).toEqual(["v1", "v1"]);
      await deploy({ services, variables: { VERSION: "v2" } });
      await until("the new version answers", ask, (version) => version === "v2");
      expect(await askByProxy()).toBe("v2");
    },

    "keeps what is in flight on its version": async ({ ingress, deploy, admin }) => {
      const name = unique("Versioned");
      const services = `Versioned=${name}`;
      await deploy({ services, variables: { VERSION: "v1" } });
      const { invocationId } = await ingress.send([name, "flying", "before"]);
      const id = await until(
        "the awakeable is there",
        () => ingress.call<string | null>([name, "flying", "awakeableId"]),
        (found) => found !== null,
      );
      await deploy({ services, variables: { VERSION: "v2" } });
      await until(
        "the new version answers",
        () => ingress.call([name, "other", "version"]),
        (version) => version === "v2",
      );
      await ingress.resolveAwakeable(`${id}`, "unlocked");
      expect(await ingress.attach(invocationId)).toEqual(["v1", "unlocked", "v1"]);
      expect(await admin.read(invocationId)).toMatchObject({ status: "completed" });
    },
  },
};
