/** `/metrics`, which Prometheus reads. */
import type { Hono } from "hono";
import type { AdminPorts } from "../ports.ts";

/** Answered also when the server is at its limit of requests: that is when it is looked at. */
export function addMetricsRoute(app: Hono, { metrics }: AdminPorts): void {
  if (metrics === undefined) return;
  app.get("/metrics", async (c) => {
    const { text, contentType } = await metrics();
    return c.body(text, 200, { "content-type": contentType });
  });
}
