/** Which callers are asked for the slots that their callees wait for. */
import type { Invocation } from "@rejoin/engine";
import { expect, it } from "vitest";
import { invocationOf, keyOf } from "../introspection/testing/stored.ts";
import { SlotRequests } from "./slot-requests.ts";

const key = keyOf(1);
const caller = (rest: Partial<Invocation>) => invocationOf(key, { status: "invoked", ...rest });

it("concerns who has the slot, in every attempt until it has been given back", () => {
  const requests = new SlotRequests();
  const holder = caller({ slots: ["service:S", "handler:S/h"] });
  expect(requests.concern(holder)).toBe(false);
  expect(requests.add(key, "handler:S/h", holder)).toBe(true);
  expect(requests.concern(holder)).toBe(true);
  expect(requests.concern(caller({ slots: ["service:S"] }))).toBe(false);
  requests.delete(key);
  expect(requests.concern(holder)).toBe(false);
});

it("remembers who may still get the slot before its callee, and nobody else", () => {
  const requests = new SlotRequests();
  const waiting = caller({ waitingFor: { limiter: "service:S", sequence: 1 } });
  expect(requests.add(key, "service:S", null)).toBe(false);
  expect(requests.add(key, "service:S", caller({}))).toBe(false);
  expect(requests.add(key, "service:S", caller({ slots: ["service:T"] }))).toBe(false);
  expect(requests.add(key, "service:S", waiting)).toBe(true);
  expect(requests.concern(caller({ slots: ["service:S"] }))).toBe(true);
  expect(requests.add(keyOf(2), "service:S", undefined)).toBe(true);
});
