/** The services that are registered. */
import type { ServiceResource } from "@rejoin/client";
import { Boxes } from "lucide-react";
import { Link } from "wouter";
import { useAdmin, usePolled } from "../../api/admin.ts";
import { plural } from "../../format/size.ts";
import { Empty, Loading, Problem } from "../../parts/messages.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { ServiceKind } from "./service-kind.tsx";

const EVERY_MS = 5000;

export function ServicesPage() {
  const admin = useAdmin();
  const { data, error, refetch } = usePolled(["services"], () => admin.listServices(), {
    everyMs: EVERY_MS,
  });
  return (
    <>
      <PageHead title="Services" />
      {error !== null && (
        <Problem error={error} what="load the services" retry={() => void refetch()} />
      )}
      {data === undefined ? error === null && <Loading /> : <ServiceTable services={data} />}
    </>
  );
}

function ServiceTable({ services }: { readonly services: readonly ServiceResource[] }) {
  if (services.length === 0) {
    return (
      <div className="card">
        <Empty Icon={Boxes} title="No service is registered">
          <p>
            Services come with a <Link href="/deployments">deployment</Link>.
          </p>
        </Empty>
      </div>
    );
  }
  const sorted = services.toSorted((a, b) => a.name.localeCompare(b.name));
  return (
    <div className="card table-wrap">
      <table className="table table-rows">
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col">Kind</th>
            <th scope="col">Handlers</th>
            <th scope="col" className="num">
              Revision
            </th>
            <th scope="col" className="wide-cell">
              Deployment
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((service) => (
            <tr key={service.name}>
              <td>
                <Link href={`/services/${encodeURIComponent(service.name)}`} className="strong">
                  {service.name}
                </Link>
                {!service.public && <span className="tag">private</span>}
              </td>
              <td>
                <ServiceKind kind={service.ty} />
              </td>
              <td className="muted" title={service.handlers.map(({ name }) => name).join(", ")}>
                {plural(service.handlers.length, "handler")}
              </td>
              <td className="num">{service.revision}</td>
              <td className="wide-cell">
                <Link
                  href={`/deployments/${encodeURIComponent(service.deployment_id)}`}
                  className="mono"
                >
                  {service.deployment_id}
                </Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
