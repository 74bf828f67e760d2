/** The options of requests to deployments; see the table of options. */
import { DEFAULT_OUTGOING } from "@rejoin/server";
import { INVOKER, option } from "./config-option.ts";
import { bytes, duration, headers, hosts, proxy, text } from "./value-kinds.ts";

const { additionalHeaders, identityExpirationMs, connectTimeoutMs, lambda } = DEFAULT_OUTGOING;
const clusterName = additionalHeaders["x-restate-cluster-name"] ?? "";

/** Texts that are empty stand for none. */
export const OUTGOING_OPTIONS = {
  clusterName: option("cluster-name", text, clusterName, {
    help: "sent to deployments as x-restate-cluster-name",
    from: ["RESTATE_CLUSTER_NAME"],
  }),
  requestHeaders: option(
    "additional-request-headers",
    headers,
    {},
    {
      help: "sent with every request to a deployment; those of the deployment itself win",
      from: [`${INVOKER}ADDITIONAL_REQUEST_HEADERS`],
    },
  ),
  identityKeyFile: option("request-identity-private-key-pem-file", text, "", {
    help: "a PEM file with an Ed25519 key, by which deployments know requests of this server",
    from: [
      `${INVOKER}REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE`,
      "RESTATE_REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE",
    ],
  }),
  identityExpiration: option("request-identity-expiration", duration, identityExpirationMs, {
    help: "how long a request is known by it; clocks may differ by as much",
    from: [`${INVOKER}REQUEST_IDENTITY_EXPIRATION`],
  }),
  connectTimeout: option("connect-timeout", duration, connectTimeoutMs, {
    help: "how long a connection to a deployment may take",
    from: [`${INVOKER}CONNECT_TIMEOUT`],
  }),
  httpProxy: option("http-proxy", proxy, "", {
    help: "through which deployments are reached, such as http://proxy.example.com:3128",
    from: [`${INVOKER}HTTP_PROXY`, "HTTP_PROXY", "http_proxy"],
  }),
  noProxy: option("no-proxy", hosts, [], {
    help: "hosts and addresses that are reached without it; those of this machine always are",
    from: [`${INVOKER}NO_PROXY`, "NO_PROXY", "no_proxy"],
  }),
  compressFrom: option("request-compression-threshold", bytes, lambda.compressFromBytes, {
    help: "from this size on requests to AWS Lambda are compressed, if the SDK there can read it",
    from: [`${INVOKER}REQUEST_COMPRESSION_THRESHOLD`],
  }),
  awsProfile: option("aws-profile", text, "", {
    help: "the profile in the files of AWS, for deployments on AWS Lambda",
    from: [`${INVOKER}AWS_PROFILE`],
  }),
  awsExternalId: option("aws-assume-role-external-id", text, "", {
    help: "the external id shown when a deployment has a role to assume",
    from: [`${INVOKER}AWS_ASSUME_ROLE_EXTERNAL_ID`, "AWS_EXTERNAL_ID"],
  }),
} as const;
