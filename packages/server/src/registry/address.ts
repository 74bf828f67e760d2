/** The address of a deployment as a user writes it. */
import { RegistryError } from "./registry-error.ts";

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const HEADER_VALUE = /^[ -~\t\u0080-\u00ff]*$/;
/** They belong to a connection, or are the server's own. */
const FORBIDDEN_HEADERS: readonly string[] = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
  "te",
  "host",
  "content-length",
  "content-type",
  "accept",
];
const HEADERS_BYTES_MAX = 16 * 1024;

/** The URI in its normal form. Throws a {@link RegistryError} if nothing can be reached there. */
export function parseDeploymentUri(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    const example = "such as http://localhost:9080";
    throw new RegistryError(
      400,
      `${JSON.stringify(text)} is no absolute http or https URI, ${example}`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new RegistryError(400, "credentials do not belong in the URI; use additional_headers");
  }
  url.hash = "";
  return url.href;
}

const FUNCTION_ARN =
  /^arn:[a-z0-9-]+:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,140}(?::(\$LATEST|[A-Za-z0-9_-]{1,128}))?$/;
const ROLE_ARN = /^arn:[a-z0-9-]+:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/;

/** Throws a {@link RegistryError} unless it names one version or alias of a function. */
export function parseFunctionArn(text: string): string {
  const found = FUNCTION_ARN.exec(text);
  const example = "arn:aws:lambda:eu-central-1:123456789012:function:orders:1";
  if (found === null) {
    throw new RegistryError(
      400,
      `${JSON.stringify(text)} is no ARN of an AWS Lambda function, such as ${example}`,
    );
  }
  if (found[1] === undefined) {
    throw new RegistryError(
      400,
      `the ARN ${text} has no version or alias at its end, such as ${example}; publish a version ` +
        "of the function, so that what is in flight ends on the code that it began with",
    );
  }
  return text;
}

/** Throws a {@link RegistryError} if it is no ARN of a role. */
export function parseRoleArn(text: string): string {
  if (ROLE_ARN.test(text)) return text;
  const example = "arn:aws:iam::123456789012:role/invoke";
  throw new RegistryError(400, `${JSON.stringify(text)} is no ARN of a role, such as ${example}`);
}

/** Header names in lower case. Throws a {@link RegistryError} if one cannot be sent. */
export function parseAdditionalHeaders(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const parsed: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (!HEADER_NAME.test(name) || !HEADER_VALUE.test(value)) {
      throw new RegistryError(400, `additional header ${JSON.stringify(name)} is not well-formed`);
    }
    if (FORBIDDEN_HEADERS.includes(lower) || lower.startsWith("x-restate-")) {
      throw new RegistryError(400, `additional header ${name} is set by the server itself`);
    }
    bytes += name.length + value.length;
    parsed[lower] = value;
  }
  if (bytes > HEADERS_BYTES_MAX) {
    throw new RegistryError(400, `the additional headers exceed ${HEADERS_BYTES_MAX} bytes`);
  }
  return parsed;
}
