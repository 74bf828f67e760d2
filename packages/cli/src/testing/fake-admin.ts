/** An admin API on a real port, with as much behind it as the commands need. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type {
  DeploymentDetails,
  InvocationDetails,
  RegisterDeploymentRequest,
  ServiceResource,
} from "@rejoin/client";
import { onTestFinished } from "vitest";
import { deployment, service } from "./resources.ts";

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

export class FakeAdmin {
  url = "";
  deployments: DeploymentDetails[] = [];
  invocations: InvocationDetails[] = [];
  /** What each endpoint serves; others cannot be discovered. */
  readonly endpoints = new Map<string, readonly ServiceResource[]>();
  readonly requests: FakeRequest[] = [];
  /** Answers instead, for the requests that it gives something for. */
  override: (request: FakeRequest) => Answer | undefined = () => undefined;

  get services(): readonly ServiceResource[] {
    const newest = new Map<string, ServiceResource>();
    for (const own of this.deployments.flatMap(({ services }) => services)) {
      const known = newest.get(own.name);
      if (known === undefined || known.revision < own.revision) newest.set(own.name, own);
    }
    return [...newest.values()];
  }

  /** The changes that it was asked for, dry runs left out. */
  get changes(): readonly FakeRequest[] {
    return this.requests.filter(
      ({ method, body }) =>
        method !== "GET" && (body as RegisterDeploymentRequest | undefined)?.dry_run !== true,
    );
  }

  answer(request: FakeRequest): Answer {
    this.requests.push(request);
    const { method } = request;
    const [path = "", query = ""] = request.path.split("?");
    const [, root, rawId] = path.split("/");
    const id = rawId === undefined ? undefined : decodeURIComponent(rawId);
    switch (`${method} /${root}${id === undefined ? "" : "/:id"}`) {
      case "GET /health":
        return { status: 200 };
      case "GET /version":
        return { status: 200, body: { version: "9.9.9", ingress_endpoint: "http://in:8080" } };
      case "GET /deployments":
        return { status: 200, body: { deployments: this.deployments.map(toListed) } };
      case "POST /deployments":
        return this.#register(request.body as RegisterDeploymentRequest);
      case "GET /deployments/:id":
        return found(this.deployments.find((known) => known.id === id));
      case "PATCH /deployments/:id":
        return this.#update(id, request.body as Partial<DeploymentDetails>);
      case "DELETE /deployments/:id":
        return this.#remove(id, query === "force=true");
      case "GET /services":
        return { status: 200, body: { services: this.services } };
      case "GET /services/:id":
        return found(this.services.find(({ name }) => name === id));
      case "GET /invocations":
        return { status: 200, body: { invocations: this.invocations } };
      case "GET /invocations/:id":
        if (id === "summary") return this.#summary(query);
        return found(this.invocations.find((known) => known.id === id));
      default:
        return { status: 404, body: { message: `nothing at ${path}`, restate_code: null } };
    }
  }

  /** Of those that are pinned to a deployment. */
  #summary(query: string): Answer {
    const deployment = new URLSearchParams(query).get("deployment");
    const total = this.invocations.filter(
      ({ pinned_deployment_id: id, status }) => id === deployment && status !== "completed",
    ).length;
    return { status: 200, body: { groups: [], total, as_of: "", complete: true } };
  }

  #register(request: RegisterDeploymentRequest): Answer {
    const place = request.uri ?? request.arn ?? "";
    const existing = this.deployments.find(({ uri, arn }) => (uri ?? arn) === place);
    if (existing !== undefined && request.force !== true) return { status: 200, body: existing };
    const served = this.endpoints.get(place);
    if (served === undefined) {
      const message = `[META0003] cannot reach ${place}`;
      return { status: 500, body: { message, restate_code: "META0003" } };
    }
    const id = existing?.id ?? `dp_${this.deployments.length + 1}`;
    const services = served.map((own) => {
      const before = this.services.find(({ name }) => name === own.name);
      return service({ ...own, deployment_id: id, revision: (before?.revision ?? 0) + 1 });
    });
    const { uri: _default, ...made } = deployment({ ...existing, id, services });
    const at = request.uri === undefined ? { arn: place } : { uri: place };
    const next: DeploymentDetails = { ...made, ...at };
    if (request.dry_run !== true) {
      this.deployments = [...this.deployments.filter((known) => known !== existing), next];
    }
    return { status: existing === undefined ? 201 : 200, body: next };
  }

  #update(id: string | undefined, change: Partial<DeploymentDetails>): Answer {
    const before = this.deployments.find((known) => known.id === id);
    if (before === undefined) return found(undefined);
    const { uri = before.uri ?? "" } = change;
    const after = deployment({ ...before, uri });
    this.deployments = this.deployments.map((known) => (known === before ? after : known));
    return { status: 200, body: after };
  }

  #remove(id: string | undefined, isForced: boolean): Answer {
    const before = this.deployments.find((known) => known.id === id);
    if (before === undefined) return found(undefined);
    if (!isForced) {
      const message = `deployment ${id} is needed; remove it with force`;
      return { status: 501, body: { message, restate_code: null } };
    }
    this.deployments = this.deployments.filter((known) => known !== before);
    return { status: 202 };
  }
}

/** It is gone after the test. */
export async function startFakeAdmin(): Promise<FakeAdmin> {
  const admin = new FakeAdmin();
  const server = createServer((request, response) => void serve(admin, request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  admin.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return admin;
}

async function serve(
  admin: FakeAdmin,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Uint8Array);
  const text = Buffer.concat(chunks).toString();
  const request: FakeRequest = {
    method: incoming.method ?? "",
    path: incoming.url ?? "",
    authorization: incoming.headers.authorization,
    body: text === "" ? undefined : JSON.parse(text),
  };
  const { status, body } = admin.override(request) ?? admin.answer(request);
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function toListed(deployment: DeploymentDetails) {
  const services = deployment.services.map(({ name, revision }) => ({ name, revision }));
  return { ...deployment, services };
}

function found(resource: unknown): Answer {
  return resource === undefined
    ? { status: 404, body: { message: "there is no such thing", restate_code: null } }
    : { status: 200, body: resource };
}
