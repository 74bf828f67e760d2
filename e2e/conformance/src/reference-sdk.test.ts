/** The suite with services on the reference SDK. */
import { describeCells } from "./harness/describe-cell.ts";
import { groups } from "./suites/all.ts";

describeCells("reference", groups);
