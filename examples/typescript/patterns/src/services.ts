import { meter } from "./batching/meter.ts";
import { cronJob } from "./cron/cron-job.ts";
import { housekeeping } from "./cron/housekeeping.ts";
import { bank } from "./database/bank.ts";
import { seatMap } from "./durable-calls/seat-map.ts";
import { flight } from "./event-enrichment/flight.ts";
import { photoAlbum } from "./event-transactions/photo-album.ts";
import { checkout } from "./payment-signals/checkout.ts";
import { payment } from "./payment-state-machine/payment.ts";
import { purse } from "./payment-state-machine/purse.ts";
import { gate } from "./priority-queue/gate.ts";
import { printShop } from "./priority-queue/print-shop.ts";
import { namedPromises } from "./promise-as-a-service/named-promises.ts";
import { promiseBox } from "./promise-as-a-service/promise-box.ts";
import { transcriber } from "./queue/transcriber.ts";
import { geocoder } from "./rate-limit/geocoder.ts";
import { limiter } from "./rate-limit/limiter.ts";
import { feast } from "./sagas/feast.ts";
import { invoice } from "./scheduled-reminders/invoice.ts";
import { kiln } from "./stateful-actors/kiln.ts";
import { report } from "./sync-or-async/report.ts";
import { membership } from "./webhooks/membership.ts";
import { webhooks } from "./webhooks/receiver.ts";

export const services = [
  ...[bank, checkout, feast, geocoder, housekeeping, namedPromises, printShop, transcriber],
  ...[cronJob, flight, gate, invoice, kiln, limiter, membership, meter, payment, photoAlbum],
  ...[promiseBox, purse, report, seatMap, webhooks],
];
