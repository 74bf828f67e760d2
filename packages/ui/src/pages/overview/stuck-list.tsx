/** What does not go on, why, and since when. */
import type { StuckInvocations } from "@rejoin/client";
import { CircleCheckBig } from "lucide-react";
import { Link } from "wouter";
import { formatCount } from "../../format/size.ts";
import { Empty } from "../../parts/messages.tsx";
import { Status } from "../../parts/status.tsx";
import { InvocationLink, Time } from "../../parts/text.tsx";

const KINDS = {
  paused: { status: "paused", title: "Paused" },
  "backing-off": { status: "backing-off", title: "Retrying" },
  "waiting-for-slot": { status: "ready", title: "Waits for a slot" },
  "locked-key": { status: "pending", title: "Key is held" },
  "unknown-service": { status: "ready", title: "Service is not there" },
} as const satisfies Readonly<Record<StuckInvocations["kind"], unknown>>;

const SHOWN_MAX = 12;

export function StuckList({ stuck }: { readonly stuck: readonly StuckInvocations[] }) {
  return (
    <section className="card" aria-labelledby="stuck">
      <div className="card-head">
        <h2 id="stuck">Does not go on</h2>
        {stuck.length > SHOWN_MAX && (
          <span className="muted small">
            {SHOWN_MAX} of {stuck.length} reasons
          </span>
        )}
      </div>
      {stuck.length === 0 ? (
        <Empty Icon={CircleCheckBig} title="Nothing is stuck">
          <p className="small">
            What is paused, retries or waits for long is listed here, with why.
          </p>
        </Empty>
      ) : (
        <ul className="stuck">
          {stuck.slice(0, SHOWN_MAX).map((item) => (
            <StuckItem key={`${item.kind} ${item.service} ${item.why}`} item={item} />
          ))}
        </ul>
      )}
    </section>
  );
}

function StuckItem({ item }: { readonly item: StuckInvocations }) {
  const { kind, service, count, why, since, sample_ids } = item;
  const { status, title } = KINDS[kind];
  const query = new URLSearchParams({ status, service });
  const [sample] = sample_ids;
  return (
    <li className="stuck-item">
      <div className="row row-wrap">
        <Status name={status} isPlain />
        {title.toLowerCase() !== "paused" && title !== "Retrying" && (
          <span className="muted">{title}</span>
        )}
        <Link href={`/invocations?${query}`}>
          {formatCount(count)} of {service}
        </Link>
        <span className="faint small">
          since <Time at={since} isExact />
        </span>
      </div>
      <p className="stuck-why">{why}</p>
      {sample !== undefined && (
        <p className="small faint">
          such as <InvocationLink id={sample} />
        </p>
      )}
    </li>
  );
}
