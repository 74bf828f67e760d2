/** How the server is doing, and what does not go on. */
import type { Overview } from "@rejoin/client";
import { Link } from "wouter";
import { useAdmin, usePolled } from "../../api/admin.ts";
import { formatCount } from "../../format/size.ts";
import { Chart } from "../../parts/chart.tsx";
import { Loading, Note, Problem } from "../../parts/messages.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Time } from "../../parts/text.tsx";
import { GettingStarted } from "./getting-started.tsx";
import { ServiceTable } from "./service-table.tsx";
import { StatusTiles } from "./status-tiles.tsx";
import { StuckList } from "./stuck-list.tsx";

const EVERY_MS = 2000;

export function OverviewPage() {
  const admin = useAdmin();
  const { data, error, refetch } = usePolled(["overview"], () => admin.overview(), {
    everyMs: EVERY_MS,
  });
  return (
    <>
      <PageHead title="Overview">
        {data !== undefined && (
          <span className="muted small">
            as of <Time at={data.as_of} isExact />
          </span>
        )}
      </PageHead>
      {error !== null && (
        <Problem error={error} what="load the overview" retry={() => void refetch()} />
      )}
      {data === undefined ? error === null && <Loading /> : <Content overview={data} />}
    </>
  );
}

function Content({ overview }: { readonly overview: Overview }) {
  const { deployments, invocations, completed, stuck, complete } = overview;
  if (deployments === 0 && invocations.total === 0) return <GettingStarted />;
  return (
    <>
      {!complete && (
        <Note tone="amber">
          There are more invocations than were counted: these numbers are of the newest ones.
        </Note>
      )}
      <StatusTiles invocations={invocations} />
      <div className="overview-grid">
        <section className="card" aria-labelledby="throughput">
          <div className="card-head">
            <h2 id="throughput">The last hour</h2>
            <Rates completed={completed} />
          </div>
          <div className="card-body">
            <Throughput completed={completed} />
          </div>
        </section>
        <StuckList stuck={stuck} />
      </div>
      <ServiceTable services={invocations.by_service} />
    </>
  );
}

function Rates({ completed }: { readonly completed: Overview["completed"] }) {
  const { succeeded, failed } = completed.last_minute;
  const perSecond = (succeeded + failed) / 60;
  return (
    <span className="row small muted num">
      <span>
        <strong>
          {perSecond < 10 ? perSecond.toFixed(1) : formatCount(Math.round(perSecond))}
        </strong>{" "}
        completed/s
      </span>
      <span className="faint">·</span>
      {failed > 0 ? (
        <Link href="/invocations?status=failed&created_after=1h" className="error-text">
          {formatCount(failed)} failed in the last minute
        </Link>
      ) : (
        <span>none failed in the last minute</span>
      )}
    </span>
  );
}

function Throughput({ completed }: { readonly completed: Overview["completed"] }) {
  const buckets = completed.last_hour;
  const sum = (of: "started" | "succeeded" | "failed") =>
    buckets.reduce((total, bucket) => total + bucket[of], 0);
  const description =
    `In the last hour ${formatCount(sum("started"))} invocations were started, ` +
    `${formatCount(sum("succeeded"))} succeeded and ${formatCount(sum("failed"))} failed.`;
  return (
    <Chart
      height={236}
      description={description}
      times={buckets.map(({ at }) => Date.parse(at) / 1000)}
      series={[
        { label: "Started", colour: "--blue", values: buckets.map((b) => b.started) },
        { label: "Succeeded", colour: "--green", values: buckets.map((b) => b.succeeded) },
        { label: "Failed", colour: "--red", values: buckets.map((b) => b.failed) },
      ]}
    />
  );
}
