import { expect, it } from "vitest";
import { decodeBytes, encodeBytesArray, encodeIntegerArray } from "./wire.ts";

const header = (type: string, count: string) => `00000001 00000000 ${type} ${count} 00000001`;
const hex = (text: string) => text.replaceAll(" ", "");

it("encodes arrays of bytes", () => {
  const items = [Uint8Array.of(1, 2, 3), new Uint8Array(0), Uint8Array.of(255)];
  const elements = "00000003 010203 00000000 00000001 ff";
  expect(encodeBytesArray(items).toString("hex")).toBe(
    hex(`${header("00000011", "00000003")} ${elements}`),
  );
});

it("puts a checksum behind each element", () => {
  const items = [Uint8Array.of(7), new Uint8Array(0)];
  const elements = "00000005 07 78563412 00000004 ffffffff";
  expect(encodeBytesArray(items, [0x12345678, 0xffffffff]).toString("hex")).toBe(
    hex(`${header("00000011", "00000002")} ${elements}`),
  );
});

it("encodes arrays of integers", () => {
  const elements = "00000004 00000000 00000004 0000ffff";
  expect(encodeIntegerArray([0, 65_535]).toString("hex")).toBe(
    hex(`${header("00000017", "00000002")} ${elements}`),
  );
});

it("encodes empty arrays without a dimension", () => {
  expect(encodeBytesArray([]).toString("hex")).toBe(hex("00000000 00000000 00000011"));
  expect(encodeIntegerArray([]).toString("hex")).toBe(hex("00000000 00000000 00000017"));
});

it("decodes bytes into memory of their own", () => {
  expect(decodeBytes("\\x")).toEqual(new Uint8Array(0));
  const bytes = decodeBytes("\\x00ff10");
  expect(bytes).toEqual(Uint8Array.of(0, 255, 16));
  expect(bytes.buffer.byteLength).toBe(3);
});
