import { expect, test } from "vitest";
import { parseRoute } from "./routes.ts";

const invoke = (service: string, handler: string) => ({ kind: "invoke", service, handler });

test.each([
  ["/health", "health"],
  ["/a/b/health", "health"],
  ["/health?x=/discover", "health"],
  ["/discover", "discover"],
  ["/discover?", "discover"],
  ["/invoke/svc/discover", "discover"],
  ["//discover", "discover"],
  ["/", "unknown"],
  ["", "unknown"],
  ["?", "unknown"],
  ["discover", "unknown"],
  ["/discover/", "unknown"],
  ["/undiscover", "unknown"],
  ["/invoke/svc/run", "unknown"],
])("GET %s is %s", (path, kind) => {
  expect(parseRoute("GET", path)).toEqual({ kind });
});

test.each([
  ["/invoke/svc/run", invoke("svc", "run")],
  ["/a/b/invoke/svc/run?x=1", invoke("svc", "run")],
  ["/invoke/invoke/invoke", invoke("invoke", "invoke")],
  ["/invoke/svc/discover", invoke("svc", "discover")],
  ["/invoke/my.svc-1/run_2", invoke("my.svc-1", "run_2")],
  ["/invoke/svc/", { kind: "unknown" }],
  ["/invoke//run", { kind: "unknown" }],
  ["/invoke/run", { kind: "unknown" }],
  ["invoke/svc/run", { kind: "unknown" }],
  ["/reinvoke/svc/run", { kind: "unknown" }],
  ["/svc/run", { kind: "unknown" }],
  ["/run", { kind: "unknown" }],
  ["/", { kind: "unknown" }],
  ["", { kind: "unknown" }],
  ["/health", { kind: "unknown" }],
  ["/discover", { kind: "unknown" }],
])("POST %s", (path, route) => {
  expect(parseRoute("POST", path)).toEqual(route);
});

test.each(["HEAD", "PUT", "OPTIONS", ""])("nothing is served to %s", (method) => {
  for (const path of ["/health", "/discover", "/invoke/svc/run"]) {
    expect(parseRoute(method, path)).toEqual({ kind: "unknown" });
  }
});
