/** All parts of this project. */
export { repairShop } from "./building-blocks.ts";
export { podcast } from "./durable-execution.ts";
export { sentMails } from "./mailbox.ts";
export { awaitDecision, submitLeave } from "./request-leave.ts";
export { services } from "./services.ts";
export { scoreboard } from "./virtual-objects.ts";
export { leaveRequest } from "./workflows.ts";
