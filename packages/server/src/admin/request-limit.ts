/** Bounds the requests that are served at a time. */
import type { MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import { ApiError } from "./api-error.ts";

/** Refuses what is beyond `requestsMax` with 429. */
export function limitRequests(requestsMax: number): MiddlewareHandler {
  let count = 0;
  return createMiddleware(async (_c, next) => {
    if (count >= requestsMax) {
      const text = `the admin API serves ${requestsMax} requests already; try again in a moment`;
      throw new ApiError(429, text);
    }
    count += 1;
    try {
      await next();
    } finally {
      count -= 1;
    }
  });
}
