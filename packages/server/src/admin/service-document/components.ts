/** What the operations of every service share. */

export const PARAMETERS = {
  key: {
    name: "key",
    in: "path",
    required: true,
    description: "The key of the object or workflow.",
    schema: { type: "string" },
  },
  idempotencyKeyHeader: {
    name: "idempotency-key",
    in: "header",
    required: false,
    description: "Requests with the same key are one invocation, and get the same result.",
    schema: { type: "string" },
  },
  idempotencyKeyPath: {
    name: "idempotencyKey",
    in: "path",
    required: true,
    description: "The idempotency key of the request that made the invocation.",
    schema: { type: "string" },
  },
  delay: {
    name: "delay",
    in: "query",
    required: false,
    description: "How long to wait before the invocation begins.",
    example: "10s",
    schema: { type: "string" },
  },
} as const;

export const RESTATE_ERROR = {
  title: "RestateError",
  description: "Why there is no result.",
  type: "object",
  additionalProperties: false,
  required: ["message", "source"],
  properties: {
    code: { title: "The code of the failure", type: "number" },
    message: { title: "What happened", type: "string" },
    source: {
      title: "Who failed",
      description:
        "`ingress` if the request itself could not be served, `invocation` if the handler ended " +
        "with a terminal failure, whose code is then the status. Also in the header " +
        "`x-restate-error-source`.",
      type: "string",
      enum: ["ingress", "invocation"],
    },
    metadata: {
      title: "What the handler added",
      type: "object",
      additionalProperties: { type: "string" },
    },
    stacktrace: { title: "Where it happened", type: "string" },
  },
} as const;

const SEND_RESULT = {
  title: "RestateSendResponse",
  type: "object",
  additionalProperties: false,
  required: ["invocationId", "status"],
  properties: {
    invocationId: { type: "string" },
    status: {
      type: "string",
      enum: ["Accepted", "PreviouslyAccepted"],
      description: "Whether this request made the invocation, or an earlier one had.",
    },
    executionTime: {
      type: "string",
      format: "date-time",
      description: "When it begins, if it was delayed.",
    },
  },
} as const;

function errorResponse(description: string, example: object) {
  const schema = { $ref: "#/components/schemas/RestateError" };
  return { description, content: { "application/json": { schema, example } } };
}

export const RESPONSES = {
  GenericError: errorResponse("A failure.", {
    code: 500,
    message: "the card was declined",
    source: "invocation",
  }),
  InvocationNotFoundError: errorResponse("There is no such invocation, or not any more.", {
    message: "invocation not found",
    source: "ingress",
  }),
  InvocationNotReadyError: errorResponse("The invocation has not completed yet.", {
    message: "the invocation exists but has not completed yet",
    source: "ingress",
  }),
  Send: {
    description: "The request is durable.",
    content: {
      "application/json": {
        schema: SEND_RESULT,
        example: { invocationId: "inv_12kpUQONmeFb2WqsVOkAjH4phS34cOyIC8", status: "Accepted" },
      },
    },
  },
} as const;

export const TAGS = [
  { name: "Request Response", description: "Call a handler and wait for its result." },
  { name: "Send", description: "Call a handler without waiting." },
  { name: "Attach", description: "Wait for the result of an invocation." },
  { name: "Get Output", description: "Get the result of an invocation if there is one." },
] as const;
