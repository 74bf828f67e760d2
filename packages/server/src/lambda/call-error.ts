/** What it means for a user when AWS Lambda does not call a function. */
import { LAMBDA_REQUEST_BYTES_MAX } from "./event.ts";
import { LambdaError } from "./lambda-error.ts";
import type { LambdaFunction } from "./lambda-function.ts";

/** As the library of AWS throws it, as far as it says more than an error does. */
interface AwsError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  /** In seconds. */
  readonly retryAfterSeconds?: string;
  readonly Reason?: string;
}

const MS_PER_SECOND = 1000;

/** The error for a call that ended with `error`. */
export function explainCallError(error: unknown, target: LambdaFunction): LambdaError {
  if (error instanceof LambdaError) return error;
  const aws = toAwsError(error);
  const status = aws.$metadata?.httpStatusCode;
  if (aws.name === "TooManyRequestsException" || status === 429) return throttled(aws, target);
  if (aws.name === "RequestTooLargeException" || status === 413) {
    return new LambdaError(
      `AWS Lambda carries at most ${LAMBDA_REQUEST_BYTES_MAX} bytes to a function: ${textOf(aws)}`,
      { kind: "requestTooLarge", cause: aws },
    );
  }
  if (status !== undefined && status >= 400 && status < 500) return refused(aws, target);
  return unreachable(aws, target);
}

function throttled(aws: AwsError, { arn }: LambdaFunction): LambdaError {
  const seconds = Number(aws.retryAfterSeconds ?? Number.NaN);
  const reason = aws.Reason === undefined ? textOf(aws) : `${textOf(aws)} (${aws.Reason})`;
  return new LambdaError(`AWS Lambda limits the calls of ${arn}: ${reason}`, {
    kind: "throttled",
    cause: aws,
    retryAfterMs: Number.isFinite(seconds) ? seconds * MS_PER_SECOND : undefined,
  });
}

function refused(aws: AwsError, target: LambdaFunction): LambdaError {
  const advice = adviceFor(aws.name, target);
  const text = `AWS Lambda does not call ${target.arn}: ${textOf(aws)}`;
  const advised = advice === "" ? text : `${text}; ${advice}`;
  return new LambdaError(advised, { kind: "refused", cause: aws });
}

function adviceFor(name: string, { assumeRoleArn }: LambdaFunction): string {
  const who = assumeRoleArn ?? "the server's credentials";
  switch (name) {
    case "AccessDenied":
      return `the server may not assume ${assumeRoleArn ?? "the role"}: see the role's trust policy`;
    case "AccessDeniedException":
      return `allow lambda:InvokeFunction on it to ${who}`;
    case "ResourceNotFoundException":
      return "there is no such function, version or alias: check the ARN";
    case "ExpiredTokenException":
    case "UnrecognizedClientException":
      return "the credentials are not valid any more: renew them";
    default:
      return "";
  }
}

function unreachable(aws: AwsError, { arn }: LambdaFunction): LambdaError {
  if (aws.name === "CredentialsProviderError") {
    return new LambdaError(
      `there are no AWS credentials to call ${arn} with: ${textOf(aws)}; give the server a role, ` +
        "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the option aws-profile",
      { kind: "unreachable", cause: aws },
    );
  }
  return new LambdaError(`AWS Lambda cannot be reached for ${arn}: ${textOf(aws)}`, {
    kind: "unreachable",
    cause: aws,
  });
}

function toAwsError(error: unknown): AwsError {
  return error instanceof Error ? error : new Error(String(error));
}

/** Errors of refused connections to several addresses have no message of their own. */
function textOf(error: AwsError): string {
  const inner = error instanceof AggregateError ? (error.errors[0] as unknown) : undefined;
  const text = error.message === "" && inner instanceof Error ? inner.message : error.message;
  const name = error.name === "Error" ? (error.code ?? "") : error.name;
  return name === "" || text.includes(name) ? text : `${name}: ${text}`;
}
