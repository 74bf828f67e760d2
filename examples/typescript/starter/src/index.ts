/** All parts of this project. */
export { greeter } from "./greeter.ts";
export { closePostOffice, sentCards } from "./post-office.ts";
