import { parseDeploymentId } from "@rejoin/protocol";
import { expect, it } from "vitest";
import { aliasOf, embeddedId, isEmbeddedId, resolveDeploymentId } from "./deployment-id.ts";
import { EMPTY_DOCUMENT } from "./document.ts";
import { withEmbedded } from "./embedded.ts";
import { createSnapshot, SERVER_DEFAULTS } from "./snapshot.ts";

it("gives embedded deployments an alias that any tool takes, always the same", () => {
  expect(aliasOf("embedded:main")).toBe("dp_12zS45Ee2YutEk5ZFhg78Ds");
  expect(() => parseDeploymentId(aliasOf(embeddedId("ä ö")))).not.toThrow();
  expect(aliasOf("dp_11nGQpCRmau6ypL82KH2TnP")).toBe("dp_11nGQpCRmau6ypL82KH2TnP");
});

it("finds a deployment by either", () => {
  const id = embeddedId("main");
  const range = { minProtocolVersion: 5, maxProtocolVersion: 7 };
  const record = { id, address: { kind: "embedded", name: "main" } as const, ...range };
  const snapshot = createSnapshot(withEmbedded(EMPTY_DOCUMENT, record, [], 1), 1, SERVER_DEFAULTS);
  expect(resolveDeploymentId(snapshot, id)).toBe(id);
  expect(resolveDeploymentId(snapshot, aliasOf(id))).toBe(id);
  expect(resolveDeploymentId(snapshot, "dp_x")).toBe("dp_x");
  expect(isEmbeddedId("embedded:")).toBe(false);
});
