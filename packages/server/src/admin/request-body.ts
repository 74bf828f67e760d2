/** What a request with a JSON body must satisfy before it is read. */

import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { ApiError } from "./api-error.ts";

const JSON_TYPE = /^application\/([a-z0-9.-]+\+)?json\s*(;.*)?$/i;

/** Refuses other content types with 415, and bodies over the bound with 413. */
export function jsonBody(bytesMax: number): MiddlewareHandler[] {
  return [
    createMiddleware(async (c, next) => {
      if (JSON_TYPE.test(c.req.header("content-type") ?? "")) return next();
      return c.text("Expected request with `Content-Type: application/json`", 415);
    }),
    bodyLimit({
      maxSize: bytesMax,
      onError: () => {
        throw new ApiError(413, `the body is larger than the limit of ${bytesMax} bytes`);
      },
    }),
  ];
}
