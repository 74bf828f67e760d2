import { expect, it } from "vitest";
import { findExchanges, parseStraceLog } from "./strace-log.ts";

const socket = "21<TCP:[127.0.0.1:4000->127.0.0.1:5000]>";
const file = "18</data/000003.log>";
const request = `7 10.000100 read(${socket}, "POST /tools/echo HTTP/1.1", 65536) = 25 <0.000010>`;
const answer = `7 10.000900 writev(${socket}, [{iov_base="HTTP/1.1 200 OK"}], 1) = 15 <0.000010>`;

const syncsOf = (...lines: string[]) =>
  findExchanges(parseStraceLog(lines.join("\n"))).map(({ syncs }) => syncs.length);

it("finds a sync between a request and its answer, also one that was interrupted", () => {
  const begin = `8 10.000300 fdatasync(${file} <unfinished ...>`;
  const end = "8 10.000700 <... fdatasync resumed>) = 0 <0.000400>";
  expect(syncsOf(request, begin, end, answer)).toEqual([1]);
  expect(syncsOf(request, `8 10.000300 fsync(${file}) = 0 <0.000400>`, answer)).toEqual([1]);
});

it("takes no sync for one that began too early, ended too late or failed", () => {
  expect(syncsOf(`8 10.000050 fdatasync(${file}) = 0 <0.000100>`, request, answer)).toEqual([0]);
  expect(syncsOf(request, `8 10.000300 fdatasync(${file}) = 0 <0.000700>`, answer)).toEqual([0]);
  const failed = `8 10.000300 fdatasync(${file}) = -1 EIO (Input/output error) <0.0001>`;
  expect(syncsOf(request, failed, answer)).toEqual([0]);
});

it("pairs requests that were read in two parts", () => {
  const begin = `7 10.000100 read(${socket},  <unfinished ...>`;
  const end = `7 10.000200 <... read resumed>"GET /x HTTP/1.1", 65536) = 15 <0.000100>`;
  expect(syncsOf(begin, `8 10.000150 fsync(${file}) = 0 <0.0001>`, end, answer)).toEqual([0]);
  expect(syncsOf(begin, end, `8 10.000250 fsync(${file}) = 0 <0.0001>`, answer)).toEqual([1]);
});
