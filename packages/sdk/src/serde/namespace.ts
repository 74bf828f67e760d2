/** The serdes that come with the SDK; exported as the namespace `serde`. */

export {
  binarySerde as binary,
  emptySerde as empty,
  JsonSerde,
  jsonSerde as json,
  schemaSerde as schema,
} from "@rejoin/protocol";
