/** How far a fan-out is: what is done, what failed and why, and when it will be over. */
import type { ChildrenPage, InvocationDetails } from "@rejoin/client";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { useAdmin, usePolled } from "../../api/admin.ts";
import { type Progress, toProgress } from "../../fan-out/progress.ts";
import { formatCount } from "../../format/size.ts";
import { formatDuration, parseInstant } from "../../format/time.ts";
import { Loading, Note, Problem } from "../../parts/messages.tsx";
import { FanOutFailures } from "./fan-out-failures.tsx";
import { RetryDialog } from "./retry-dialog.tsx";

const EVERY_MS = 1000;

export function FanOut({ invocation }: { readonly invocation: InvocationDetails }) {
  const admin = useAdmin();
  const { id } = invocation;
  const { data, error } = usePolled(["fan-out", id], () => admin.listChildren(id, { limit: 1 }), {
    everyMs: EVERY_MS,
    isFinal: (page) => isDone(page) && invocation.status === "completed",
  });
  return (
    <section className="card fan-out" aria-labelledby="fan-out">
      {error !== null && <Problem error={error} what="load the fan-out" />}
      {data === undefined ? error === null && <Loading /> : <Content id={id} page={data} />}
    </section>
  );
}

function isDone({ summary }: ChildrenPage): boolean {
  return summary.succeeded + summary.failed >= summary.total;
}

function Content({ id, page }: { readonly id: string; readonly page: ChildrenPage }) {
  const [isRetrying, setRetrying] = useState(false);
  const { summary, as_of, complete } = page;
  const progress = toProgress(summary, parseInstant(as_of) ?? Date.now());
  const living = (summary.by_status["backing-off"] ?? 0) + (summary.by_status.paused ?? 0);
  const retried = progress.failed + living;
  return (
    <>
      <div className="card-head">
        <h2 id="fan-out">Fan-out of {formatCount(progress.total)}</h2>
        {retried > 0 && (
          <button type="button" className="btn" onClick={() => setRetrying(true)}>
            <RotateCcw size={14} aria-hidden /> Retry all {formatCount(retried)} that failed …
          </button>
        )}
      </div>
      <div className="card-body stack-small">
        <ProgressBar progress={progress} />
        <Numbers id={id} progress={progress} />
        {!complete && <Note tone="amber">There are more than could be counted.</Note>}
        <FanOutFailures id={id} failures={page.failures} living={living} />
      </div>
      {isRetrying && (
        <RetryDialog
          id={id}
          ended={progress.failed}
          living={living}
          onClose={() => setRetrying(false)}
        />
      )}
    </>
  );
}

function ProgressBar({ progress }: { readonly progress: Progress }) {
  const { total, succeeded, failed, active, share } = progress;
  const width = (count: number) => ({ width: `${total === 0 ? 0 : (count / total) * 100}%` });
  return (
    <div
      className="bar bar-large"
      role="progressbar"
      aria-label="Fan-out"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(share * 100)}
    >
      {succeeded > 0 && <span className="fill-green" style={width(succeeded)} />}
      {failed > 0 && <span className="fill-red" style={width(failed)} />}
      {active > 0 && <span className="fill-blue bar-active" style={width(active)} />}
    </div>
  );
}

function Numbers({ id, progress }: { readonly id: string; readonly progress: Progress }) {
  const { succeeded, failed, active, waiting, share, ratePerSecond, leftMs, total } = progress;
  const done = succeeded + failed;
  const href = (status: string) => `/invocations?parent=${id}&status=${status}`;
  return (
    <dl className="numbers">
      <Figure name="Done" value={`${Math.floor(share * 100)} %`} />
      <Figure
        name="Succeeded"
        value={formatCount(succeeded)}
        tone="green"
        href={href("succeeded")}
      />
      <Figure name="Failed" value={formatCount(failed)} tone="red" href={href("failed")} />
      <Figure
        name="At work"
        value={formatCount(active)}
        tone="blue"
        href={href("running,suspended,backing-off,paused")}
      />
      <Figure name="Waiting" value={formatCount(waiting)} href={href("scheduled,pending,ready")} />
      {ratePerSecond !== undefined && ratePerSecond > 0 && (
        <Figure
          name={done < total ? "Rate" : "Average rate"}
          value={`${rateText(ratePerSecond)}/s`}
        />
      )}
      {leftMs !== undefined && <Figure name="Time left" value={leftText(leftMs)} />}
    </dl>
  );
}

function leftText(leftMs: number): string {
  return leftMs < 1000 ? "< 1 s" : `~ ${formatDuration(leftMs)}`;
}

function rateText(rate: number): string {
  return rate < 10 ? rate.toFixed(1) : formatCount(Math.round(rate));
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly tone?: string;
  readonly href?: string;
}

function Figure({ name, value, tone, href }: FigureProps) {
  const isZero = value === "0";
  return (
    <div className="figure" data-zero={isZero}>
      <dt>
        {tone !== undefined && <span className={`dot fill-${tone}`} aria-hidden />}
        {name}
      </dt>
      <dd className="num">
        {href === undefined || isZero ? value : <Link href={href}>{value}</Link>}
      </dd>
    </div>
  );
}
