/** Bare commits as a program, on the data directory that the argument names. */
import { ClassicLevel } from "classic-level";
import { openFront } from "../peers/front.ts";
import { answerBenchmark } from "../target/answering.ts";
import { expectedSum } from "../work/works.ts";
import { commitInGroups, commitOneByOne, type Level } from "./bare-commits.ts";

const [dataDir = ""] = process.argv.slice(2);
const level: Level = new ClassicLevel(dataDir, { keyEncoding: "buffer", valueEncoding: "buffer" });
await level.open();
const { port } = await openFront({
  "/commits/oneByOne": async (count: number) => {
    await commitOneByOne(level, count);
    return expectedSum(count);
  },
  "/commits/groups": async (count: number) => {
    await commitInGroups(level, count);
    return expectedSum(count);
  },
});
answerBenchmark({ greeting: { port } });
