import { expect, test } from "vitest";
import {
  ERROR_CODES,
  formatInvocationErrorCode,
  INVOCATION_ERROR_NAMES,
  InvocationErrorCode,
} from "./error-codes.ts";
import { LIMIT_RELATIONS } from "./limits.ts";
import { PROTOCOL_ERRORS } from "./protocol-error.ts";

test("the catalogue is complete", () => {
  const numbers = (prefix: string) =>
    Object.keys(ERROR_CODES)
      .filter((code) => code.startsWith(prefix))
      .map((code) => Number(code.slice(prefix.length)));
  const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);
  expect(numbers("RT")).toEqual(upTo(25).filter((n) => n !== 8));
  expect(numbers("META")).toEqual([3, 4, 5, 6, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
});

test("meanings are one line, in lower case", () => {
  for (const meaning of Object.values(ERROR_CODES)) expect(meaning).toMatch(/^[a-z][^\n.]*/);
});

test("protocol errors are reported under codes of the catalogue", () => {
  for (const { reportedAs } of Object.values(PROTOCOL_ERRORS)) {
    expect(ERROR_CODES).toHaveProperty(reportedAs);
  }
});

test("codes of failures have display names", () => {
  expect(formatInvocationErrorCode(500)).toBe("500 Internal");
  expect(formatInvocationErrorCode(409)).toBe("409 Aborted");
  expect(formatInvocationErrorCode(418)).toBe("418");
  expect(Object.values(InvocationErrorCode).map(String)).toEqual(
    Object.keys(INVOCATION_ERROR_NAMES),
  );
});

test.each(LIMIT_RELATIONS)("limits: %s", (_, holds) => {
  expect(holds).toBe(true);
});
