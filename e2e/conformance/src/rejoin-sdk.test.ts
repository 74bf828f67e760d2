/** The suite with services on our SDK. */
import { describeCells } from "./harness/describe-cell.ts";
import { groups } from "./suites/all.ts";

describeCells("rejoin", groups);
