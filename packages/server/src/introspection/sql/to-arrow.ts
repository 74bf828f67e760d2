/** A result as a stream of Arrow's IPC format. */
import type { DuckDBType } from "@duckdb/node-api";
import {
  Bool,
  type Data,
  type DataType,
  DurationMillisecond,
  Field,
  Float64,
  Int64,
  LargeBinary,
  LargeUtf8,
  List,
  makeBuilder,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  TimestampMillisecond,
  tableToIPC,
  Uint32,
  Uint64,
} from "apache-arrow";
import type { DuckDb } from "../process/database.ts";
import { type PlainValue, toDurationMs, toPlain } from "./plain-value.ts";
import type { ResultColumn, SqlResult } from "./read-result.ts";

export function toArrow({ duckdb, columns, rowCount }: SqlResult): Uint8Array<ArrayBuffer> {
  const fields = columns.map(({ name, type }) => new Field(name, toType(duckdb, type), true));
  const schema = new Schema(fields);
  // Two columns may be of one name: they are told apart by their places.
  const children = columns.map((column, i) => {
    return toData(duckdb, column, fields[i]?.type ?? new LargeUtf8());
  });
  const type = new Struct(fields);
  const data = makeData({ type, length: rowCount, nullCount: 0, children });
  const table = new Table(schema, [new RecordBatch(schema, data)]);
  return tableToIPC(table, "stream") as Uint8Array<ArrayBuffer>;
}

function toType(duckdb: DuckDb, type: DuckDBType): DataType {
  const { DuckDBTypeId } = duckdb;
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return new Bool();
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.HUGEINT:
      return new Int64();
    case DuckDBTypeId.UTINYINT:
    case DuckDBTypeId.USMALLINT:
    case DuckDBTypeId.UINTEGER:
      return new Uint32();
    case DuckDBTypeId.UBIGINT:
      return new Uint64();
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
    case DuckDBTypeId.DECIMAL:
      return new Float64();
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP_TZ:
      return new TimestampMillisecond("+00:00");
    case DuckDBTypeId.INTERVAL:
      return new DurationMillisecond();
    case DuckDBTypeId.BLOB:
      return new LargeBinary();
    case DuckDBTypeId.LIST: {
      const { valueType } = type as InstanceType<DuckDb["DuckDBListType"]>;
      return new List(new Field("item", toType(duckdb, valueType), true));
    }
    default:
      return new LargeUtf8();
  }
}

function toData(duckdb: DuckDb, { values }: ResultColumn, type: DataType): Data {
  const builder = makeBuilder({ type, nullValues: [null] });
  for (const value of values) builder.append(toCell(duckdb, toPlain(duckdb, value), type));
  return builder.finish().toVector().data[0] ?? makeData({ type, length: 0 } as never);
}

const INT64_MAX = 2n ** 63n - 1n;

function toCell(duckdb: DuckDb, plain: PlainValue, type: DataType): unknown {
  switch (plain.kind) {
    case "null":
      return null;
    case "text":
      return plain.text;
    case "number":
      return type instanceof Int64 || type instanceof Uint64 ? BigInt(plain.number) : plain.number;
    case "integer":
      // Sums are wider in DuckDB than an answer can say.
      return plain.integer > INT64_MAX && type instanceof Int64 ? null : plain.integer;
    case "boolean":
      return plain.boolean;
    case "instant":
      return Number(plain.micros / 1000n);
    case "duration":
      return BigInt(Math.round(toDurationMs(plain)));
    case "bytes":
      return plain.bytes;
    case "list": {
      const item = (type as List).children[0]?.type ?? new LargeUtf8();
      return plain.items.map((own) => toCell(duckdb, toPlain(duckdb, own), item));
    }
  }
}
