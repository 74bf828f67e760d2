/** All parts of this project. */
export { forecast, thermometer } from "./forecast.ts";
export { services } from "./services.ts";
export { startTracing } from "./tracing.ts";
export { comeFog, measurings } from "./weather-station.ts";
