/** The scenario suite of the engine, with few and many partitions, small and large caches. */
import { scenarioSuite } from "./scenarios.suite.ts";

scenarioSuite({ partitions: 1, cache: "full", mailbox: "plain" });
scenarioSuite({ partitions: 1, cache: "empty", mailbox: "plain" });
scenarioSuite({ partitions: 1, cache: "tiny", mailbox: "plain" });
scenarioSuite({ partitions: 4, cache: "full", mailbox: "plain" });
scenarioSuite({ partitions: 4, cache: "empty", mailbox: "chaotic", seed: 1 });
scenarioSuite({ partitions: 4, cache: "tiny", mailbox: "chaotic", seed: 2 });
scenarioSuite({ partitions: 4, cache: "full", mailbox: "chaotic", seed: 3 });
