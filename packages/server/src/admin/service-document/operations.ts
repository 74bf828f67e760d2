/** The paths of one handler, and what is done there. */
import type { HandlerView, ServiceView } from "../../registry/snapshot.ts";
import type { PARAMETERS, RESPONSES } from "./components.ts";

/** Of one path, by method. */
export type Operations = Readonly<Record<string, unknown>>;
type Paths = [path: string, operations: Operations][];

const parameter = (name: keyof typeof PARAMETERS) => ({ $ref: `#/components/parameters/${name}` });
const response = (name: keyof typeof RESPONSES) => ({ $ref: `#/components/responses/${name}` });

/** Calls, sends, and the ways back to the result where an invocation can be named. */
export function describeHandler(service: ServiceView, handler: HandlerView): Paths {
  const target = new HandlerPaths(service, handler);
  const isRun = handler.kind === "workflow";
  const key = service.kind === "service" ? [] : [parameter("key")];
  const own = isRun ? key : [...key, parameter("idempotencyKeyHeader")];
  const [result, byKey] = isRun
    ? [`/restate/workflow/${service.name}/{key}`, key]
    : [`${target.path("invocation")}/{idempotencyKey}`, [...key, parameter("idempotencyKeyPath")]];
  return [
    [target.path("call"), { post: target.call(own) }],
    [target.path("send"), { post: target.send([...own, parameter("delay")]) }],
    [`${result}/attach`, { get: target.attach(byKey) }],
    [`${result}/output`, { get: target.output(byKey) }],
  ];
}

type Parameters = readonly { readonly $ref: string }[];

class HandlerPaths {
  private readonly service: ServiceView;
  private readonly handler: HandlerView;

  constructor(service: ServiceView, handler: HandlerView) {
    this.service = service;
    this.handler = handler;
  }

  /** `/restate/call/Svc/handler` or `/restate/call/Obj/{key}/handler`. */
  path(verb: "call" | "send" | "invocation"): string {
    const key = this.service.kind === "service" ? "" : "/{key}";
    return `/restate/${verb}/${this.service.name}${key}/${this.handler.name}`;
  }

  call(parameters: Parameters): Operations {
    return {
      ...this.head("", "Request Response", `Call ${this.target} and wait for its result.`),
      parameters,
      ...this.requestBody(),
      responses: { 200: this.result(), default: response("GenericError") },
    };
  }

  send(parameters: Parameters): Operations {
    const sent = response("Send");
    return {
      ...this.head("Send", "Send", `Call ${this.target} without waiting for its result.`),
      parameters,
      ...this.requestBody(),
      responses: { 200: sent, 202: sent, default: response("GenericError") },
    };
  }

  attach(parameters: Parameters): Operations {
    return {
      ...this.head("Attach", "Attach", `Wait for the result of an invocation of ${this.target}.`),
      parameters,
      responses: {
        200: this.result(),
        404: response("InvocationNotFoundError"),
        default: response("GenericError"),
      },
    };
  }

  output(parameters: Parameters): Operations {
    const text = `Get the result of an invocation of ${this.target} if it has completed.`;
    return {
      ...this.head("Output", "Get Output", text),
      parameters,
      responses: {
        200: this.result(),
        404: response("InvocationNotFoundError"),
        470: response("InvocationNotReadyError"),
        default: response("GenericError"),
      },
    };
  }

  private get target(): string {
    return `${this.service.name}/${this.handler.name}`;
  }

  private head(suffix: string, tag: string, byDefault: string): Operations {
    const { name, manifest } = this.handler;
    return {
      operationId: this.operationId(suffix),
      tags: [tag],
      summary: name,
      description: manifest.documentation ?? byDefault,
    };
  }

  /** With a dot, which no handler's name has, if another handler is called so. */
  private operationId(suffix: string): string {
    const id = this.handler.name + suffix;
    return suffix !== "" && this.service.handlers.has(id) ? `${this.handler.name}.${suffix}` : id;
  }

  private requestBody(): Operations {
    const { contentType, required = false, jsonSchema } = this.handler.input;
    if (contentType === undefined) return {};
    const media = jsonSchema === undefined ? {} : { schema: this.schema("Request") };
    return { requestBody: { required, content: { [contentType]: media } } };
  }

  private result(): Operations {
    const { contentType, jsonSchema } = this.handler.output;
    if (contentType === undefined) return { description: "It has completed, with an empty body." };
    const media = jsonSchema === undefined ? {} : { schema: this.schema("Response") };
    return { description: "Its result.", content: { [contentType]: media } };
  }

  private schema(suffix: "Request" | "Response") {
    return { $ref: `#/components/schemas/${this.handler.name}${suffix}` };
  }
}
