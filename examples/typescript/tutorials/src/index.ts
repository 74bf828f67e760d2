/** All parts of this project. */
export { sentMails } from "./mailbox.ts";
export { bakery } from "./orchestration/1-steps.ts";
export { delivery } from "./orchestration/2-calls.ts";
export { patisserie } from "./orchestration/3-side-by-side.ts";
export { tasting } from "./orchestration/4-events.ts";
export { ingredient } from "./orchestration/5-objects.ts";
export { wedding } from "./orchestration/6-sagas.ts";
export { counter } from "./orchestration/7-timers.ts";
export { cutPower, worldLog } from "./orchestration/world.ts";
export { services } from "./services.ts";
export { welcome } from "./workflows/1-steps.ts";
export { observedWelcome } from "./workflows/2-queries.ts";
export { confirmedWelcome } from "./workflows/3-signals.ts";
export { announcedWelcome } from "./workflows/4-events.ts";
export { printedWelcome } from "./workflows/5-retries.ts";
export { carefulWelcome } from "./workflows/6-sagas.ts";
export { patientWelcome } from "./workflows/7-timers.ts";
export { jamPrinter, occupyStudio, officeLog } from "./workflows/office.ts";
