/** Resources of the admin API with everything in them that a test does not care for. */
import type {
  ChildrenPage,
  DeploymentDetails,
  HandlerResource,
  InvocationDetails,
  ServiceResource,
} from "@rejoin/client";

export function handler(name: string, own: Partial<HandlerResource> = {}): HandlerResource {
  return {
    name,
    public: true,
    input_description: "application/json",
    output_description: "application/json",
    ...own,
  };
}

export function service(own: Partial<ServiceResource> = {}): ServiceResource {
  return {
    name: "greeter",
    ty: "Service",
    handlers: [handler("greet")],
    deployment_id: "dp_1",
    revision: 1,
    public: true,
    ...own,
  };
}

export function deployment(own: Partial<DeploymentDetails> = {}): DeploymentDetails {
  return {
    id: "dp_1",
    uri: "http://localhost:9080/",
    protocol_type: "BidiStream",
    http_version: "HTTP/2.0",
    created_at: "2026-11-21T17:37:46.475000000Z",
    min_protocol_version: 5,
    max_protocol_version: 7,
    sdk_version: "rejoin/0.1.0",
    services: [service()],
    ...own,
  };
}

export function invocation(own: Partial<InvocationDetails> = {}): InvocationDetails {
  return {
    id: "inv_1",
    status: "running",
    target: "greeter/greet",
    target_service_name: "greeter",
    target_handler_name: "greet",
    invoked_by: "ingress",
    journal_size: 1,
    journal_commands_size: 1,
    created_at: "2026-11-21T17:37:46.475000000Z",
    modified_at: "2026-11-21T17:37:46.475000000Z",
    retry_count: 0,
    journal: [{ index: 0, entry_type: "Command: Input", value_length: 5 }],
    ...own,
  };
}

export function childrenPage(own: Partial<ChildrenPage> = {}): ChildrenPage {
  return {
    invocations: [],
    as_of: "2026-11-21T17:37:46.475Z",
    summary: {
      total: 0,
      by_status: {},
      succeeded: 0,
      failed: 0,
      completed_last_10s: 0,
      completed_last_60s: 0,
    },
    failures: [],
    complete: true,
    ...own,
  };
}
