/**
 * AttachInvocation and GetInvocationOutput in bytes: 1 invocation id, or 3 idempotent request, or
 * 4 workflow; 11 completion id; 12 name.
 *
 * IdempotentRequestTarget: 1 service, 2 key, 3 handler, 4 idempotency key, 5 scope.
 * WorkflowTarget: 1 workflow, 2 key, 3 scope.
 */
import type { Mutable } from "./codec-values.ts";
import type {
  AttachInvocationCommand,
  AttachTarget,
  GetInvocationOutputCommand,
} from "./messages.ts";
import type { Reader } from "./wire-reader.ts";
import type { Writer } from "./wire-writer.ts";

type AttachCommand = AttachInvocationCommand | GetInvocationOutputCommand;
type IdempotentRequest = Extract<AttachTarget, { kind: "idempotentRequest" }>;
type Workflow = Extract<AttachTarget, { kind: "workflow" }>;

export function encodeAttach(w: Writer, m: AttachCommand): void {
  w.string(0x62, m.name);
  w.u32(0x58, m.resultCompletionId);
  encodeTarget(w, m.target);
}

export function decodeAttachInvocation(r: Reader): AttachInvocationCommand {
  return { kind: "attachInvocation", ...readAttach(r) };
}

export function decodeGetInvocationOutput(r: Reader): GetInvocationOutputCommand {
  return { kind: "getInvocationOutput", ...readAttach(r) };
}

function encodeTarget(w: Writer, target: AttachTarget): void {
  const start = w.length;
  switch (target.kind) {
    case "invocation":
      w.presentString(0x0a, target.invocationId);
      return;
    case "idempotentRequest":
      w.optionalString(0x2a, target.scope);
      w.string(0x22, target.idempotencyKey);
      w.string(0x1a, target.handler);
      w.optionalString(0x12, target.key);
      w.string(0x0a, target.service);
      w.close(0x1a, start);
      return;
    case "workflow":
      w.optionalString(0x1a, target.scope);
      w.string(0x12, target.key);
      w.string(0x0a, target.name);
      w.close(0x22, start);
  }
}

function readAttach(r: Reader): Omit<AttachCommand, "kind"> {
  let target: AttachTarget | undefined;
  let resultCompletionId = 0;
  let name = "";
  while (r.more) {
    switch (r.tag()) {
      case 0x0a:
        target = { kind: "invocation", invocationId: r.string() };
        break;
      case 0x1a:
        target = r.nested("IdempotentRequestTarget", readIdempotentRequest);
        break;
      case 0x22:
        target = r.nested("WorkflowTarget", readWorkflow);
        break;
      case 0x58:
        resultCompletionId = r.u32();
        break;
      case 0x62:
        name = r.string();
        break;
      default:
        r.skip();
    }
  }
  if (target === undefined) throw r.missing("target");
  return { name, target, resultCompletionId };
}

function readIdempotentRequest(r: Reader): IdempotentRequest {
  const target: Mutable<IdempotentRequest> = {
    kind: "idempotentRequest",
    service: "",
    handler: "",
    idempotencyKey: "",
  };
  while (r.more) {
    switch (r.tag()) {
      case 0x0a:
        target.service = r.string();
        break;
      case 0x12:
        target.key = r.string();
        break;
      case 0x1a:
        target.handler = r.string();
        break;
      case 0x22:
        target.idempotencyKey = r.string();
        break;
      case 0x2a:
        target.scope = r.string();
        break;
      default:
        r.skip();
    }
  }
  return target;
}

function readWorkflow(r: Reader): Workflow {
  const target: Mutable<Workflow> = { kind: "workflow", name: "", key: "" };
  while (r.more) {
    const tag = r.tag();
    if (tag === 0x0a) target.name = r.string();
    else if (tag === 0x12) target.key = r.string();
    else if (tag === 0x1a) target.scope = r.string();
    else r.skip();
  }
  return target;
}
