/** What a run of the suite combines: a server, an SDK, and how they meet. */

export interface Cell {
  readonly server: "rejoin" | "restate";
  readonly sdk: "reference" | "rejoin";
  /** How the server reaches the services; `in-process`: they are in its own process. */
  readonly transport: "http2" | "http1" | "in-process";
  /** Whether the server asks handlers to suspend whenever they wait. */
  readonly suspends: "normally" | "always";
  /** The newest service protocol that the server speaks. */
  readonly protocol: 6 | 7;
}

/** Such as `rejoin server, reference sdk, http2, suspends normally, protocol 7`. */
export function nameOf({ server, sdk, transport, suspends, protocol }: Cell): string {
  const parts = [`${server} server`, `${sdk} sdk`, transport, `suspends ${suspends}`];
  return [...parts, `protocol ${protocol}`].join(", ");
}

/** How the cell's server reaches services that are in a process of their own. */
export function remoteTransportOf({ transport }: Cell): "http2" | "http1" {
  return transport === "http1" ? "http1" : "http2";
}

const SERVERS = ["rejoin", "restate"] as const;
const TRANSPORTS = ["http2", "http1", "in-process"] as const;
const SUSPENSIONS = ["normally", "always"] as const;
const PROTOCOLS = [7, 6] as const;

/** Those of `npm test`, by the SDK. */
const QUICK: Readonly<Record<Cell["sdk"], readonly string[]>> = {
  reference: ["rejoin server, reference sdk, http2, suspends normally, protocol 7"],
  rejoin: ["rejoin server, rejoin sdk, http2, suspends always, protocol 7"],
};

/**
 * The cells of an SDK that this run is about: one, with `REJOIN_TEST_FULL=1` all of them on
 * our server, with `REJOIN_CONFORMANCE_CELLS` those whose names contain each of its words. Only the
 * last can choose the reference server, which it installs.
 */
export function chooseCells(
  sdk: Cell["sdk"],
  variables: Readonly<Record<string, string | undefined>>,
): readonly Cell[] {
  const cells = allCells(sdk);
  const words = variables.REJOIN_CONFORMANCE_CELLS;
  if (words !== undefined) {
    const wanted = words.split(",").map((word) => word.trim());
    return cells.filter((cell) => wanted.every((word) => nameOf(cell).includes(word)));
  }
  const ours = cells.filter(({ server }) => server === "rejoin");
  if (variables.REJOIN_TEST_FULL !== undefined) return ours;
  return ours.filter((cell) => QUICK[sdk].includes(nameOf(cell)));
}

function allCells(sdk: Cell["sdk"]): readonly Cell[] {
  const cells = SERVERS.flatMap((server) =>
    TRANSPORTS.flatMap((transport) =>
      SUSPENSIONS.flatMap((suspends) =>
        PROTOCOLS.map((protocol) => ({ server, sdk, transport, suspends, protocol })),
      ),
    ),
  );
  return cells.filter(exists);
}

/** Only our server has services in its process, and only those on our SDK. */
function exists({ server, sdk, transport }: Cell): boolean {
  return transport !== "in-process" || (server === "rejoin" && sdk === "rejoin");
}
