/** Where code runs. */
import type { DeploymentResource } from "@rejoin/client";
import { Plus, ServerOff } from "lucide-react";
import { useState } from "react";
import { Link, useSearchParams } from "wouter";
import { useAdmin, usePolled } from "../../api/admin.ts";
import { Empty, Loading, Problem } from "../../parts/messages.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Time } from "../../parts/text.tsx";
import { RegisterDialog } from "./register-dialog.tsx";

const EVERY_MS = 5000;

export function DeploymentsPage() {
  const admin = useAdmin();
  const [query] = useSearchParams();
  const [isRegistering, setRegistering] = useState(query.has("register"));
  const { data, error, refetch } = usePolled(["deployments"], () => admin.listDeployments(), {
    everyMs: EVERY_MS,
  });
  return (
    <>
      <PageHead title="Deployments">
        <button type="button" className="btn btn-primary" onClick={() => setRegistering(true)}>
          <Plus size={15} aria-hidden /> Register
        </button>
      </PageHead>
      {error !== null && (
        <Problem error={error} what="load the deployments" retry={() => void refetch()} />
      )}
      {data === undefined ? error === null && <Loading /> : <Table deployments={data} />}
      {isRegistering && <RegisterDialog onClose={() => setRegistering(false)} />}
    </>
  );
}

function Table({ deployments }: { readonly deployments: readonly DeploymentResource[] }) {
  if (deployments.length === 0) {
    return (
      <div className="card">
        <Empty Icon={ServerOff} title="No deployment is registered">
          <p>A deployment is the address of a process, or a function, that serves your services.</p>
        </Empty>
      </div>
    );
  }
  const sorted = deployments.toSorted((a, b) => b.created_at.localeCompare(a.created_at));
  return (
    <div className="card table-wrap">
      <table className="table table-rows">
        <thead>
          <tr>
            <th scope="col">Deployment</th>
            <th scope="col">Services</th>
            <th scope="col" className="wide-cell">
              Speaks
            </th>
            <th scope="col" className="right">
              Created
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((deployment) => (
            <Row key={deployment.id} deployment={deployment} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ deployment }: { readonly deployment: DeploymentResource }) {
  const { id, services, created_at, sdk_version } = deployment;
  return (
    <tr>
      <td>
        <Link href={`/deployments/${encodeURIComponent(id)}`} className="strong wrap">
          {addressOf(deployment)}
        </Link>
        <p className="mono faint small wrap">{id}</p>
      </td>
      <td>
        <span className="row row-wrap">
          {services.map(({ name, revision }) => (
            <Link key={name} href={`/services/${encodeURIComponent(name)}`} className="tag">
              {name} <span className="faint">r{revision}</span>
            </Link>
          ))}
        </span>
      </td>
      <td className="muted wide-cell">{sdk_version ?? protocolsOf(deployment)}</td>
      <td className="right muted">
        <Time at={created_at} />
      </td>
    </tr>
  );
}

/** Its address, whatever it is. */
export function addressOf({
  uri,
  arn,
  id,
}: {
  readonly uri?: string;
  readonly arn?: string;
  readonly id: string;
}) {
  return arn ?? uri ?? id;
}

export function protocolsOf(deployment: {
  readonly min_protocol_version: number;
  readonly max_protocol_version: number;
}): string {
  const { min_protocol_version: min, max_protocol_version: max } = deployment;
  return min === max ? `protocol ${min}` : `protocols ${min} to ${max}`;
}
