/** Remarks on services and handlers. */
import type { HandlerManifest, ManifestOptions, ProtocolMode } from "@rejoin/protocol";
import type { Settings } from "../../registry/snapshot.ts";
import type { InfoResource } from "../schemas/common.ts";
import type { ServiceResource } from "../schemas/service.ts";
import { formatDuration } from "../text-formats.ts";

/** What its author should know: what of the options of a manifest does not count as it stands. */
export function infoOn(
  options: ManifestOptions & Pick<HandlerManifest, "workflowCompletionRetention">,
  settings: Settings,
  protocolMode: ProtocolMode,
): Pick<ServiceResource, "info"> {
  const { inactivityTimeout, journalRetention } = options;
  const { idempotencyRetention, workflowCompletionRetention } = options;
  const info = [
    protocolMode === "BIDI_STREAM" ? undefined : ignoredInfo(inactivityTimeout),
    reducedInfo("journal_retention", journalRetention, settings.journalRetentionMs),
    reducedInfo("idempotency_retention", idempotencyRetention, settings.idempotencyRetentionMs),
    reducedInfo(
      "workflow_completion_retention",
      workflowCompletionRetention,
      settings.workflowRetentionMs,
    ),
  ].filter((item) => item !== undefined);
  return info.length === 0 ? {} : { info };
}

function ignoredInfo(timeoutMs: number | undefined): InfoResource | undefined {
  if (timeoutMs === undefined) return undefined;
  const message =
    `the inactivity timeout of ${formatDuration(timeoutMs)} has no effect: ` +
    "the endpoint is in request-response mode";
  return { code: "RT0021", message };
}

function reducedInfo(
  name: string,
  wantedMs: number | undefined,
  effectiveMs: number,
): InfoResource | undefined {
  if (wantedMs === undefined || wantedMs <= effectiveMs) return undefined;
  const [wanted, effective] = [formatDuration(wantedMs), formatDuration(effectiveMs)];
  const message = `the ${name} of ${wanted} is reduced to ${effective}, the maximum of this server`;
  return { code: "RT0022", message };
}
