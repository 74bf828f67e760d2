import { forecast, thermometer } from "./forecast.ts";

export const services = [forecast, thermometer];
