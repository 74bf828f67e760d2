/** `rejoin deployments list` */
import type { AdminClient, DeploymentResource } from "@rejoin/client";
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { addOutputOptions, type OutputOptions } from "../../output/output-options.ts";
import { show } from "../../output/show.ts";
import { renderDeploymentList } from "../../render/deployments.ts";
import { fetchUsage, type Usage } from "./usage.ts";

interface ListOptions extends OutputOptions {
  readonly extra?: boolean;
}

interface Listed {
  readonly deployment: DeploymentResource;
  /** If it was asked for. */
  readonly usage: Usage | undefined;
}

export function addListDeployments(parent: Command, cli: Cli): void {
  const command = parent
    .command("list")
    .alias("ls")
    .summary("list the deployments")
    .description("List the deployments and their services, the newest first.")
    .option("-x, --extra", "and whether they are still needed, and by how many invocations");
  addOutputOptions(command, { lines: true, watch: true }).action((options: ListOptions) =>
    show<readonly Listed[]>(cli, options, {
      fetch: () => fetchDeployments(cli.admin, options.extra === true),
      toText: (listed, colours) => {
        if (listed.length === 0) return "";
        const deployments = listed.map(({ deployment }) => deployment);
        const usages = listed.flatMap(({ usage }) => (usage === undefined ? [] : [usage]));
        return renderDeploymentList(deployments, usages, colours);
      },
      toJson: (listed) => ({ deployments: listed.map(toJson) }),
      toLines: (listed) => listed.map(toJson),
      toNotes: (listed) => {
        const isText = options.json !== true && options.jsonl !== true;
        const none = "no deployments yet: `rejoin deployments register <url>` adds one";
        return listed.length === 0 && isText ? [none] : [];
      },
    }),
  );
}

async function fetchDeployments(admin: AdminClient, extra: boolean): Promise<readonly Listed[]> {
  const deployments = [...(await admin.listDeployments())];
  deployments.sort((a, b) => b.created_at.localeCompare(a.created_at));
  const services = extra ? await admin.listServices() : [];
  const listed: Listed[] = [];
  for (const deployment of deployments) {
    const usage = extra ? await fetchUsage(admin, deployment.id, services) : undefined;
    listed.push({ deployment, usage });
  }
  return listed;
}

function toJson({ deployment, usage }: Listed): object {
  if (usage === undefined) return deployment;
  return {
    ...deployment,
    status: usage.status,
    active_invocations: usage.activeInvocations ?? null,
  };
}
