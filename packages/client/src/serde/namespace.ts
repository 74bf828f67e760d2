/** The serdes that come with the client; exported as the namespace `serde`. */

export {
  binarySerde as binary,
  emptySerde as empty,
  JsonSerde,
  jsonSerde as json,
  schemaSerde as schema,
} from "@rejoin/protocol";
