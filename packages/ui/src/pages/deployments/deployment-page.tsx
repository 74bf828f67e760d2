/** One deployment: what it serves, what is in flight on it, and its end. */
import type { DeploymentDetails } from "@rejoin/client";
import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { isNotFound, useAdmin, usePolled } from "../../api/admin.ts";
import { formatCount, plural } from "../../format/size.ts";
import { useRouteParams } from "../../frame/location.ts";
import { Loading, Note, Problem } from "../../parts/messages.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Copy, Time } from "../../parts/text.tsx";
import { addressOf, protocolsOf } from "./deployments-page.tsx";
import { RemoveDialog } from "./remove-dialog.tsx";
import { UpdateDialog } from "./update-dialog.tsx";
import { useInFlight } from "./use-in-flight.ts";

const ABOVE = { href: "/deployments", title: "Deployments" };

export function DeploymentPage() {
  const { id = "" } = useRouteParams<"id">();
  const admin = useAdmin();
  const { data, error } = usePolled(["deployment", id], () => admin.getDeployment(id), {
    everyMs: 10_000,
  });
  if (data !== undefined) return <Content deployment={data} />;
  if (error === null) return <Loading />;
  return (
    <>
      <PageHead title={id} above={ABOVE} />
      {isNotFound(error) ? (
        <Note tone="amber">There is no deployment of this id: it may have been removed.</Note>
      ) : (
        <Problem error={error} what="load this deployment" />
      )}
    </>
  );
}

function Content({ deployment }: { readonly deployment: DeploymentDetails }) {
  const [dialog, setDialog] = useState<"remove" | "update">();
  const inFlight = useInFlight(deployment.id);
  const isEmbedded = deployment.id.startsWith("embedded:");
  return (
    <>
      <PageHead title={<span className="wrap">{addressOf(deployment)}</span>} above={ABOVE}>
        <button type="button" className="btn" onClick={() => setDialog("update")}>
          <Pencil size={14} aria-hidden /> Update
        </button>
        <button type="button" className="btn btn-danger" onClick={() => setDialog("remove")}>
          <Trash2 size={14} aria-hidden /> Remove
        </button>
      </PageHead>
      {isEmbedded && <Note tone="plain">Its services run inside the server's own process.</Note>}
      {(deployment.info ?? []).map(({ code, message }) => (
        <Note key={message} tone="amber">
          {code} {message}
        </Note>
      ))}
      <div className="split">
        <Services deployment={deployment} />
        <Facts deployment={deployment} inFlight={inFlight} />
      </div>
      {dialog === "remove" && (
        <RemoveDialog
          deployment={deployment}
          inFlight={inFlight}
          onClose={() => setDialog(undefined)}
        />
      )}
      {dialog === "update" && (
        <UpdateDialog deployment={deployment} onClose={() => setDialog(undefined)} />
      )}
    </>
  );
}

function Services({ deployment }: { readonly deployment: DeploymentDetails }) {
  const admin = useAdmin();
  const { data: latest = [] } = usePolled(["services"], () => admin.listServices());
  return (
    <section className="card" aria-labelledby="services">
      <div className="card-head">
        <h2 id="services">Services</h2>
      </div>
      <div className="table-wrap">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Service</th>
              <th scope="col">Revision</th>
              <th scope="col">Handlers</th>
            </tr>
          </thead>
          <tbody>
            {deployment.services.map(({ name, revision, handlers }) => {
              const newest = latest.find((service) => service.name === name)?.revision;
              const isOld = newest !== undefined && newest > revision;
              return (
                <tr key={name}>
                  <td>
                    <Link href={`/services/${encodeURIComponent(name)}`} className="strong">
                      {name}
                    </Link>
                  </td>
                  <td>
                    <span className="row row-wrap">
                      {revision}
                      {isOld && <span className="tag">replaced by {newest}</span>}
                    </span>
                  </td>
                  <td className="muted">{handlers.map((handler) => handler.name).join(", ")}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface FactsProps {
  readonly deployment: DeploymentDetails;
  readonly inFlight: number | undefined;
}

function Facts({ deployment, inFlight }: FactsProps) {
  const { id, protocol_type, http_version, sdk_version, additional_headers, metadata } = deployment;
  const live = "scheduled,pending,ready,running,backing-off,suspended,paused";
  const facts = [
    [
      "Id",
      <span key="id" className="row">
        <code className="wrap">{id}</code>
        <Copy text={id} />
      </span>,
    ],
    ["Created", <Time key="created" at={deployment.created_at} isExact />],
    ["SDK", sdk_version ?? undefined],
    ["Speaks", protocolsOf(deployment)],
    [
      "Transport",
      protocol_type &&
        `${http_version ?? ""} ${protocol_type === "BidiStream" ? "streams" : "request and response"}`,
    ],
    ["Role", deployment.assume_role_arn],
    [
      "In flight on it",
      inFlight !== undefined && (
        <Link
          key="flight"
          href={`/invocations?deployment=${encodeURIComponent(id)}&status=${live}`}
        >
          {plural(inFlight, "invocation")}
        </Link>
      ),
    ],
    ["Headers", Object.keys(additional_headers ?? {}).join(", ")],
    ...Object.entries(metadata ?? {}),
  ] as const;
  return (
    <section className="card" aria-labelledby="facts">
      <div className="card-head">
        <h2 id="facts">Details</h2>
        {inFlight !== undefined && <State deployment={deployment} inFlight={inFlight} />}
      </div>
      <dl className="kv card-body">
        {facts.map(([name, value]) =>
          value === undefined || value === "" || value === false ? null : (
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

/** Whether new invocations come to it, and whether something is still on it. */
function State({
  deployment,
  inFlight,
}: {
  readonly deployment: DeploymentDetails;
  readonly inFlight: number;
}) {
  const admin = useAdmin();
  const { data: latest = [] } = usePolled(["services"], () => admin.listServices());
  const isLatest = latest.some(({ deployment_id }) => deployment_id === deployment.id);
  if (isLatest) return <span className="tag tone-green">active</span>;
  if (inFlight === 0) return <span className="tag">drained</span>;
  return <span className="tag tone-amber">draining {formatCount(inFlight)}</span>;
}
