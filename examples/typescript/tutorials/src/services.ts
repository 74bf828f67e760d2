import { bakery } from "./orchestration/1-steps.ts";
import { delivery } from "./orchestration/2-calls.ts";
import { patisserie } from "./orchestration/3-side-by-side.ts";
import { tasting } from "./orchestration/4-events.ts";
import { ingredient } from "./orchestration/5-objects.ts";
import { wedding } from "./orchestration/6-sagas.ts";
import { counter } from "./orchestration/7-timers.ts";
import { welcome } from "./workflows/1-steps.ts";
import { observedWelcome } from "./workflows/2-queries.ts";
import { confirmedWelcome } from "./workflows/3-signals.ts";
import { announcedWelcome } from "./workflows/4-events.ts";
import { printedWelcome } from "./workflows/5-retries.ts";
import { carefulWelcome } from "./workflows/6-sagas.ts";
import { patientWelcome } from "./workflows/7-timers.ts";

export const services = [
  ...[bakery, delivery, patisserie, tasting, ingredient, wedding, counter],
  ...[welcome, observedWelcome, confirmedWelcome, announcedWelcome],
  ...[printedWelcome, carefulWelcome, patientWelcome],
];
