import { once } from "node:events";
import { commitOf, patternBytes } from "../../testing/bytes.ts";
import { openLevelStore } from "../open-level-store.ts";

const directory = process.argv[2] ?? "";
process.stdout.write("ready\n");
await once(process.stdin, "data");

const store = await openLevelStore({ directory, partitionCount: 2 });
const partition = await store.open(0);
for (let number = partition.lastCommit.number + 1; ; number++) {
  const value = patternBytes(number, 2_000);
  const writes = Array.from({ length: 5 }, (_, at) => {
    return { key: new Uint8Array(Buffer.from(`${number} ${at}`)), value };
  });
  const message = { destination: 1, sequence: { commit: number, index: 0 }, body: value };
  await partition.commit(commitOf(number, { writes, messages: [message] }));
  process.stdout.write(`${number}\n`);
}
