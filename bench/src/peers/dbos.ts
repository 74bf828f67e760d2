/** DBOS on a PostgreSQL of its own. */
import { startNodeProgram } from "../target/measured-process.ts";
import { formatNodeFlags, nodeFlags } from "../target/node-flags.ts";
import { createPlainSession } from "../target/session.ts";
import type { Session, Target, TargetContext } from "../target/target.ts";
import { installAside } from "./npm-aside.ts";
import {
  findPostgres,
  formatPostgresSettings,
  type PostgresPrograms,
  startPostgres,
} from "./postgres.ts";
import { measureTree } from "./process-tree.ts";

const VERSION = "5.3.0";
const POOL_SIZE = 20;
const WORKS = [
  "fanout:empty",
  "fanout:many-parents",
  "tree",
  "echo",
  "payload",
  "run-per-call",
  "sequential-runs",
  "parallel-runs",
];

/** Installs it, if it is not there. */
export async function createDbosTarget(): Promise<Target> {
  const postgres = await findPostgres();
  const require = await installAside(`dbos-${VERSION}`, [`@dbos-inc/dbos-sdk@${VERSION}`]);
  const module = require.resolve("@dbos-inc/dbos-sdk");
  return {
    name: "dbos",
    facts: {
      version: VERSION,
      postgresql: postgres.version,
      "postgresql configuration": formatPostgresSettings(),
      "flags of Node": formatNodeFlags(nodeFlags()),
      configuration: `subtasks are child workflows, started at once and without a queue; systemDatabasePoolSize ${POOL_SIZE}`,
      mode: "PostgreSQL, and a process with the workflows",
    },
    supports: (name) => WORKS.includes(name) || WORKS.includes(name.split(":")[0] ?? ""),
    open: (context) => open(context, postgres, module),
  };
}

async function open(
  { resources, directory }: TargetContext,
  postgres: PostgresPrograms,
  module: string,
): Promise<Session> {
  const data = resources.temporaryDirectory(directory);
  const { child, url } = await startPostgres(postgres, data.path, resources);
  const { greeting, measured } = await startNodeProgram<{ readonly port: number }>(
    {
      name: "workflows",
      module: "../peers/dbos-process",
      args: [module, url, String(POOL_SIZE)],
      flags: nodeFlags(),
      // Its use of its database's client has been deprecated there, and says so each time.
      env: { NODE_ENV: "production", NODE_NO_WARNINGS: "1" },
    },
    resources,
  );
  const processes = [measured, measureTree("postgresql", child)];
  return createPlainSession(`http://127.0.0.1:${greeting.port}`, processes, data);
}
