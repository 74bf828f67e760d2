import { describe, expect, it } from "vitest";
import { parseCpuUs, parseKib, parseRssPeakBytes } from "./proc.ts";

const stat =
  "4242 (a (tricky) name) S 1 4242 4242 0 -1 4194304 100 0 0 0 7 3 20 10 20 0 12 0 5 1000 200";

describe("/proc", () => {
  it("gives user and system time, with that of ended children or without", () => {
    expect(parseCpuUs(stat, true)).toBe(400_000);
    expect(parseCpuUs(stat, false)).toBe(100_000);
  });

  it("gives the resident set and the largest one", () => {
    const status = "Name:\tnode\nVmPeak:\t  900 kB\nVmHWM:\t   614 kB\nVmRSS:\t  600 kB\n";
    expect(parseRssPeakBytes(status)).toBe(614 * 1024);
    expect(parseKib(status, "VmRSS")).toBe(600 * 1024);
    expect(parseKib(status, "RssShmem")).toBeUndefined();
    expect(parseRssPeakBytes("Name:\tkthread\n")).toBeUndefined();
  });
});
