/** Answers that are no streams. */
import { HEADERS } from "@rejoin/protocol";
import type { HttpAnswer } from "./http-exchange.ts";
import { SERVER_NAME } from "./version.ts";

/** Builds an answer that says which SDK it comes from. */
export function createAnswer(
  status: number,
  contentType: string,
  body: string | Uint8Array,
): HttpAnswer {
  const headers = { [HEADERS.contentType]: contentType, [HEADERS.server]: SERVER_NAME };
  return { kind: "answer", status, headers, body };
}

/** Builds an answer that says what is wrong. */
export function createErrorAnswer(status: number, message: string): HttpAnswer {
  return createAnswer(status, "application/json", JSON.stringify({ message }));
}
