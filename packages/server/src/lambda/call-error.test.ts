import { describe, expect, it } from "vitest";
import { explainCallError } from "./call-error.ts";
import { LambdaError } from "./lambda-error.ts";

const TARGET = { arn: "arn:f:1", assumeRoleArn: undefined };

function awsError(name: string, status: number | undefined, rest: object = {}): Error {
  const metadata = { $metadata: status === undefined ? {} : { httpStatusCode: status } };
  return Object.assign(new Error("said AWS"), { name, ...metadata, ...rest });
}

it("leaves alone what is explained already", () => {
  const error = new LambdaError("text", { kind: "functionFailed" });
  expect(explainCallError(error, TARGET)).toBe(error);
});

describe("an error of AWS", () => {
  it.each([
    ["TooManyRequestsException", 429, "throttled", "limits the calls of arn:f:1"],
    ["EC2ThrottledException", 429, "throttled", "limits the calls"],
    ["RequestTooLargeException", 413, "requestTooLarge", "at most 6291456 bytes"],
    ["ResourceNotFoundException", 404, "refused", "check the ARN"],
    ["AccessDeniedException", 403, "refused", "allow lambda:InvokeFunction on it to the server's"],
    ["UnrecognizedClientException", 403, "refused", "renew them"],
    ["InvalidRuntimeException", 400, "refused", "InvalidRuntimeException: said AWS"],
    ["ServiceException", 500, "unreachable", "cannot be reached for arn:f:1"],
    ["TimeoutError", undefined, "unreachable", "TimeoutError: said AWS"],
    ["CredentialsProviderError", undefined, "unreachable", "AWS_ACCESS_KEY_ID"],
  ])("%s with status %s is %s", (name, status, kind, text) => {
    const cause = awsError(name, status);
    const error = explainCallError(cause, TARGET);
    expect(error).toMatchObject({ kind, cause });
    expect(error.message).toContain(text);
  });

  it("says when to come back, and why", () => {
    const rest = { retryAfterSeconds: "7", Reason: "ConcurrentInvocationLimitExceeded" };
    const error = explainCallError(awsError("TooManyRequestsException", 429, rest), TARGET);
    expect(error.retryAfterMs).toBe(7000);
    expect(error.message).toContain("(ConcurrentInvocationLimitExceeded)");
  });

  it("names the role that may not be assumed", () => {
    const target = { arn: "arn:f:1", assumeRoleArn: "arn:role" };
    const error = explainCallError(awsError("AccessDenied", 403), target);
    expect(error.message).toContain("may not assume arn:role: see the role's trust policy");
  });

  it("is found in the errors of several addresses", () => {
    const inner = new Error("connect ECONNREFUSED 127.0.0.1:1");
    const cause = Object.assign(new AggregateError([inner]), { code: "ECONNREFUSED" });
    const { message, kind } = explainCallError(cause, TARGET);
    expect(kind).toBe("unreachable");
    expect(message).toContain("connect ECONNREFUSED 127.0.0.1:1");
  });
});
