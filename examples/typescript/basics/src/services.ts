import { repairShop } from "./building-blocks.ts";
import { podcast } from "./durable-execution.ts";
import { scoreboard } from "./virtual-objects.ts";
import { leaveRequest } from "./workflows.ts";

export const services = [podcast, repairShop, scoreboard, leaveRequest];
