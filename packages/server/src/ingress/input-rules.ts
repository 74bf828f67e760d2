/** Whether a request's body suits what the handler declares. */
import type { InputManifest } from "@rejoin/protocol";
import { HttpError } from "./http-error.ts";

/** Throws a 400 that says what was expected. */
export function validateInput(
  input: InputManifest,
  contentType: string | undefined,
  bodyLength: number,
): void {
  const problem = findProblem(input, mediaType(contentType), bodyLength);
  if (problem !== undefined) throw new HttpError(400, `input validation error: ${problem}`);
}

function mediaType(contentType: string | undefined): string | undefined {
  const type = contentType?.split(";", 1)[0]?.trim().toLowerCase();
  return type === "" ? undefined : type;
}

function findProblem(
  input: InputManifest,
  type: string | undefined,
  bodyLength: number,
): string | undefined {
  const empty = bodyLength === 0;
  if (input.contentType === undefined) {
    if (empty && type === undefined) return undefined;
    return "the handler takes no body: send an empty one without a content-type";
  }
  if (empty && type === undefined && input.required !== true) return undefined;
  if (type === undefined) return `Empty content-type; the handler takes ${input.contentType}`;
  if (!accepts(input.contentType, type)) {
    return `Content-type ${type} does not match; the handler takes ${input.contentType}`;
  }
  if (empty && input.jsonSchema !== undefined) return "Empty body not allowed";
  return undefined;
}

function accepts(declared: string, type: string): boolean {
  const range = mediaType(declared) ?? "*/*";
  if (range === "*/*") return true;
  if (range.endsWith("/*")) return type.startsWith(range.slice(0, -1));
  return range === type;
}
