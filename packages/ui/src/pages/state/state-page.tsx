/** What virtual objects and workflows hold: services, keys, values. */
import type { ServiceResource } from "@rejoin/client";
import { Database } from "lucide-react";
import { Link, useLocation, useSearchParams } from "wouter";
import { useAdmin, usePolled } from "../../api/admin.ts";
import { useRouteParams } from "../../frame/location.ts";
import { Empty, Loading, Problem } from "../../parts/messages.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { ObjectList } from "./object-list.tsx";
import { ObjectState } from "./object-state.tsx";

export function StatePage() {
  const { service, key: written } = useRouteParams<"service" | "key">();
  const [search] = useSearchParams();
  const key = written ?? search.get("key") ?? undefined;
  const admin = useAdmin();
  const { data, error } = usePolled(["services"], () => admin.listServices());
  const keyed = data?.filter(({ ty }) => ty !== "Service") ?? [];
  const chosen = service ?? keyed[0]?.name;
  return (
    <>
      <PageHead title="State">
        {keyed.length > 0 && chosen !== undefined && (
          <ServiceSelect services={keyed} chosen={chosen} />
        )}
      </PageHead>
      {error !== null && <Problem error={error} what="load the services" />}
      {data === undefined && error === null && <Loading />}
      {data !== undefined && keyed.length === 0 && <NothingKeyed />}
      {chosen !== undefined && (
        <div className={key === undefined ? "" : "state-split"}>
          <ObjectList key={chosen} service={chosen} chosen={key} />
          {key !== undefined && (
            <ObjectState key={`${chosen} ${key}`} service={chosen} objectKey={key} />
          )}
        </div>
      )}
    </>
  );
}

interface ServiceSelectProps {
  readonly services: readonly ServiceResource[];
  readonly chosen: string;
}

function ServiceSelect({ services, chosen }: ServiceSelectProps) {
  const [, navigate] = useLocation();
  const names = [...new Set([...services.map(({ name }) => name), chosen])].sort();
  return (
    <label className="row">
      <span className="muted">of</span>
      <select
        className="select"
        value={chosen}
        onChange={(event) => navigate(`/state/${encodeURIComponent(event.currentTarget.value)}`)}
      >
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}

function NothingKeyed() {
  return (
    <div className="card">
      <Empty Icon={Database} title="No service holds state">
        <p>
          State belongs to the keys of virtual objects and workflows; none is{" "}
          <Link href="/services">registered</Link>.
        </p>
      </Empty>
    </div>
  );
}
