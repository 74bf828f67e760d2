/** The services, and what their invocations are doing. */
import type { Overview } from "@rejoin/client";
import { Link } from "wouter";
import { formatCount } from "../../format/size.ts";
import { STATUS_LOOKS, type StatusName } from "../../parts/status.tsx";
import { TILES } from "./status-tiles.tsx";

type ServiceCounts = Overview["invocations"]["by_service"][number];

export function ServiceTable({ services }: { readonly services: readonly ServiceCounts[] }) {
  if (services.length === 0) return null;
  return (
    <section className="card" aria-labelledby="by-service">
      <div className="card-head">
        <h2 id="by-service">By service</h2>
        <Legend />
      </div>
      <div className="table-wrap">
        <table className="table table-rows">
          <thead>
            <tr>
              <th scope="col">Service</th>
              <th scope="col" className="num">
                Alive
              </th>
              <th scope="col" className="num">
                Completed
              </th>
              <th scope="col" className="service-bar-column">
                Now
              </th>
            </tr>
          </thead>
          <tbody>
            {services.map((service) => (
              <ServiceRow key={service.service} counts={service} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function ServiceRow({ counts }: { readonly counts: ServiceCounts }) {
  const { service, total, by_status } = counts;
  const completed = by_status.completed ?? 0;
  const alive = total - completed;
  return (
    <tr>
      <td>
        <Link href={`/services/${encodeURIComponent(service)}`} className="strong">
          {service}
        </Link>
      </td>
      <td className="num">
        <Link href={`/invocations?service=${encodeURIComponent(service)}`}>
          {formatCount(alive)}
        </Link>
      </td>
      <td className="num muted">{formatCount(completed)}</td>
      <td>
        <StatusBar counts={by_status} total={alive} />
      </td>
    </tr>
  );
}

interface StatusBarProps {
  readonly counts: ServiceCounts["by_status"];
  readonly total: number;
}

function StatusBar({ counts, total }: StatusBarProps) {
  const parts = ALIVE.flatMap((name) => {
    const count = counts[name as keyof typeof counts] ?? 0;
    return count === 0 ? [] : [{ name, count, ...STATUS_LOOKS[name] }];
  });
  const text = parts.map(({ label, count }) => `${formatCount(count)} ${label.toLowerCase()}`);
  return (
    <div className="bar" role="img" aria-label={text.join(", ") || "nothing is alive"}>
      {parts.map(({ name, tone, count, label }) => (
        <span
          key={name}
          className={`fill-${tone}`}
          style={{ width: `${(count / total) * 100}%` }}
          title={`${formatCount(count)} ${label.toLowerCase()}`}
        />
      ))}
    </div>
  );
}

const ALIVE: readonly StatusName[] = TILES.filter((name) => name !== "completed");

function Legend() {
  return (
    <span className="legend" aria-hidden>
      {ALIVE.map((name) => (
        <span key={name}>
          <span className={`dot fill-${STATUS_LOOKS[name].tone}`} />
          {STATUS_LOOKS[name].label}
        </span>
      ))}
    </span>
  );
}
