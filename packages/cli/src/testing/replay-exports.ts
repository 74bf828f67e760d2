/** A module that serves nothing, and exports what others serve. */
import { cart, createWorker, leaf } from "./replay-services.ts";

export const services = { worker: createWorker({ isChanged: true }), leaf };
export const others = [cart];
