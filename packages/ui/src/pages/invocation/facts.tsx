/** All else that is known of it. */
import type { InvocationDetails } from "@rejoin/client";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { plural } from "../../format/size.ts";
import { stateLink } from "../../format/state-link.ts";
import { InvocationLink, Time } from "../../parts/text.tsx";

type Fact = readonly [name: string, value: ReactNode];

export function Facts({ invocation }: { readonly invocation: InvocationDetails }) {
  const facts = [...ofPlace(invocation), ...ofTimes(invocation), ...ofCaller(invocation)];
  return (
    <section className="card" aria-labelledby="facts">
      <div className="card-head">
        <h2 id="facts">Details</h2>
      </div>
      <dl className="kv card-body">
        {facts.map(([name, value]) =>
          value === undefined || value === false || value === "" ? null : (
            <div key={name} className="kv-row">
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
    </section>
  );
}

function ofPlace(invocation: InvocationDetails): Fact[] {
  const { pinned_deployment_id: deployment, pinned_service_protocol_version: version } = invocation;
  const { target_service_name: service, target_service_key: key } = invocation;
  return [
    [
      "Service",
      <Link key="service" href={`/services/${encodeURIComponent(service)}`}>
        {service}
      </Link>,
    ],
    ["Handler", invocation.target_handler_name],
    [
      "Key",
      key !== undefined && <Link href={stateLink(service, key, invocation.scope)}>{key}</Link>,
    ],
    [
      "Deployment",
      deployment !== undefined && (
        <Link href={`/deployments/${encodeURIComponent(deployment)}`} className="mono">
          {deployment}
        </Link>
      ),
    ],
    ["Protocol", version !== undefined && `version ${version}`],
    ["Scope", invocation.scope],
    ["Limit key", invocation.limit_key],
    ["Idempotency key", invocation.idempotency_key && <code>{invocation.idempotency_key}</code>],
  ];
}

function ofTimes(invocation: InvocationDetails): Fact[] {
  const { scheduled_start_at, completed_at, next_retry_at, retry_count } = invocation;
  return [
    ["Created", <Time key="created" at={invocation.created_at} isExact />],
    ["Starts", scheduled_start_at !== undefined && <Time at={scheduled_start_at} isExact />],
    ["Changed", <Time key="changed" at={invocation.modified_at} isExact />],
    ["Completed", completed_at !== undefined && <Time at={completed_at} isExact />],
    ["Failed attempts", retry_count > 0 && String(retry_count)],
    ["Next attempt", next_retry_at !== undefined && <Time at={next_retry_at} />],
    [
      "Journal",
      `${plural(invocation.journal_size, "entry", "entries")}, ${plural(invocation.journal_commands_size, "command")}`,
    ],
    ["Kept for", invocation.completion_retention],
    ["Journal kept for", invocation.journal_retention],
  ];
}

function ofCaller(invocation: InvocationDetails): Fact[] {
  const { id, invoked_by, invoked_by_id, restarted_from, root_id } = invocation;
  return [
    [
      "Invoked by",
      invoked_by_id === undefined ? (
        (CALLERS[invoked_by] ?? invoked_by)
      ) : (
        <InvocationLink key="caller" id={invoked_by_id} />
      ),
    ],
    [
      "Top of the tree",
      root_id !== undefined && root_id !== id && root_id !== invoked_by_id && (
        <InvocationLink id={root_id} />
      ),
    ],
    ["Repeats", restarted_from !== undefined && <InvocationLink id={restarted_from} />],
  ];
}

const CALLERS: Readonly<Record<string, string>> = {
  ingress: "a request",
  restart_as_new: "a restart",
};
