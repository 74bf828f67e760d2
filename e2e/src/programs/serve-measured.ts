/**
 * A server in this process that tells how much its commits write, to be killed at any time:
 *
 *     serve-measured <data directory> <ingress port> <admin port> <limits as JSON>
 *
 * Prints a line whenever a commit writes more rows than any before it.
 */
import { Core, type CoreOptions, type Limits, start } from "@rejoin/server";
import { onParentGone, printLine } from "../support/program-output.ts";

type Store = CoreOptions["store"];

const [dataDir = "", ingressPort, adminPort, limits = "{}"] = process.argv.slice(2);
let writesMax = 0;

function note(writes: number): void {
  if (writes <= writesMax) return;
  writesMax = writes;
  printLine("writes", { count: writes });
}

/** Looks at what is committed on its way to the store. */
function measured(store: Store): Store {
  const open = store.open.bind(store);
  store.open = async (index) => {
    const partition = await open(index);
    const commit = partition.commit.bind(partition);
    partition.commit = (what) => {
      note(what.writes.length + what.messages.length + what.consumed.length);
      return commit(what);
    };
    return partition;
  };
  return store;
}

// `start` opens the store by itself; this is where it has it in hand.
const create = Core.create.bind(Core);
Core.create = (options) => create({ ...options, store: measured(options.store) });

const server = await start({
  services: [],
  dataDir,
  ingressAddress: `127.0.0.1:${ingressPort}`,
  adminAddress: `127.0.0.1:${adminPort}`,
  limits: JSON.parse(limits) as Partial<Limits>,
});
onParentGone(() => server.close());
printLine("ready");
