import { describe, expect, it } from "vitest";
import { assertServer, type ServerFacts } from "./server-facts.ts";

const sound: ServerFacts = {
  versionNumber: 130_000,
  version: "13.0",
  isStandby: false,
  isReadOnly: false,
  isFsyncOn: true,
};
const check = (facts: Partial<ServerFacts>, acceptFsyncOff = false) => {
  return () => assertServer("schema s", { ...sound, ...facts }, { acceptFsyncOff });
};

describe("a server", () => {
  it("is accepted from version 13 on", () => {
    expect(check({})).not.toThrow();
    expect(check({ versionNumber: 120_022, version: "12.22 (Debian)" })).toThrow(
      expect.objectContaining({
        code: "UNSUPPORTED_FORMAT",
        message: "schema s is served by PostgreSQL 12.22 (Debian): version 13 or newer is needed",
      }),
    );
  });

  it.each([
    [{ isStandby: true, isReadOnly: true }, /is a standby, connect to its primary$/],
    [{ isReadOnly: true }, /read-only, set default_transaction_read_only to off$/],
    [{ isFsyncOn: false }, /fsync = off and loses commits in a crash, turn it on or accept it$/],
  ])("is refused if it cannot keep what it is given: %o", (facts, message) => {
    expect(check(facts)).toThrow(
      expect.objectContaining({ code: "NOT_WRITABLE", message: expect.stringMatching(message) }),
    );
  });

  it("may run without fsync if that is accepted, and nothing else", () => {
    expect(check({ isFsyncOn: false }, true)).not.toThrow();
    expect(check({ isFsyncOn: false, isStandby: true }, true)).toThrow("is a standby");
  });
});
