/** The box office, on port 3000. */
import { createBoxOffice } from "./box-office.ts";

createBoxOffice(process.env.REJOIN_INGRESS_URL ?? "http://localhost:8080").listen(3000);
