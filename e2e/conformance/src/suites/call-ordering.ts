/** Calls to one object are executed in the order in which they were made. */
import { expect } from "vitest";
import type { Group, TestRun } from "../harness/group.ts";
import { awaited, fresh, on, oneWay, proxied } from "./targets.ts";

const inOrder =
  (...kinds: readonly ("one-way" | "call")[]): TestRun =>
  async ({ ingress }) => {
    const list = fresh("ListObject");
    const requests = kinds.map((kind, index) => {
      const request = proxied(list.handler("append"), `${index}`);
      return kind === "call" ? awaited(request) : oneWay(request);
    });
    await ingress.call(on("Proxy", "manyCalls"), requests);
    expect(await ingress.call(list.handler("clear"))).toEqual(["0", "1", "2"]);
  };

export const callOrdering: Group = {
  name: "CallOrdering",
  needs: ["Proxy", "ListObject"],
  tests: {
    "one-way, call, call": inOrder("one-way", "call", "call"),
    "call, one-way, call": inOrder("call", "one-way", "call"),
    "call, call, one-way": inOrder("call", "call", "one-way"),
  },
};
