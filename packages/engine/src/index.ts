export * from "./ports/store.ts";
