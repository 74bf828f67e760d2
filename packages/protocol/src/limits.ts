/**
 * The limits of the protocol and the relations between them, asserted when this module loads.
 *
 * Defaults are what a server uses unless it is configured otherwise; the others are fixed.
 */

const KIB = 1024;
const MIB = 1024 * KIB;

/** Fixed: bytes of a frame's header. */
export const FRAME_HEADER_BYTES = 8;
/** Default: bytes of one request, message or record; it caps the other sizes. */
export const MESSAGE_BYTES_MAX = 32 * MIB;
/** Fixed: what a frame may exceed the message limit by, for the fields around a payload. */
export const FRAME_SLACK_BYTES = 256 * KIB;
/** Default: the first body length that a {@link FrameParser} refuses. */
export const FRAME_BYTES_LIMIT = MESSAGE_BYTES_MAX + FRAME_SLACK_BYTES;
/** Default: bytes of a message from which on a server warns. */
export const MESSAGE_WARNING_BYTES = 10 * MIB;
/** Default: bytes of state (keys and values) that travel with a Start. */
export const EAGER_STATE_BYTES_MAX = 32 * MIB;
/** Default: invocations that one node drives at the same time. */
export const CONCURRENT_INVOCATIONS_MAX = 1000;
/** Default: bytes of memory for one invocation, in each direction. */
export const INVOCATION_MEMORY_BYTES_MAX = 32 * MIB;
/** Default: bytes reserved when an invocation starts. */
export const INVOCATION_MEMORY_INITIAL_BYTES = 32 * KIB;
/** Default: bytes of invocation memory of a whole node. */
export const NODE_MEMORY_BYTES_MAX = 1536 * MIB;
/** Fixed: ids in one batch operation of the admin API. */
export const BATCH_IDS_MAX = 1000;
/** Fixed: levels of an awaited tree, its root being the first. */
export const MAX_FUTURE_DEPTH = 1000;
/** Fixed: repeated elements (ids, keys, headers, tree nodes) in one message. */
export const MESSAGE_ELEMENTS_MAX = MIB;
/** Fixed: UTF-8 bytes of a scope, and of one component of a limit key. */
export const SCOPE_BYTES_MAX = 36;
/** Default: partitions of a new cluster. */
export const PARTITION_COUNT_DEFAULT = 24;
/** Fixed: partitions of any cluster. */
export const PARTITION_COUNT_MAX = 65535;
/** Fixed: buckets over which a service's keyless invocations spread. */
export const SERVICE_BUCKET_COUNT = 512;
/** Fixed: the largest 32-bit number on the wire. */
export const UINT32_MAX = 0xffff_ffff;

/** The relations that must hold between the limits, as text and outcome. */
export const LIMIT_RELATIONS: readonly (readonly [relation: string, holds: boolean])[] = [
  ["a frame of the largest message fits a u32 length", FRAME_BYTES_LIMIT <= UINT32_MAX],
  ["the effective frame check is the reference server's", FRAME_BYTES_LIMIT === 33_816_576],
  ["a warning comes before the limit", MESSAGE_WARNING_BYTES < MESSAGE_BYTES_MAX],
  ["eager state fits one message", EAGER_STATE_BYTES_MAX <= MESSAGE_BYTES_MAX],
  ["one message fits an invocation's memory", MESSAGE_BYTES_MAX <= INVOCATION_MEMORY_BYTES_MAX],
  [
    "a first reservation is less than the whole",
    INVOCATION_MEMORY_INITIAL_BYTES < INVOCATION_MEMORY_BYTES_MAX,
  ],
  [
    "a node can start all its invocations",
    CONCURRENT_INVOCATIONS_MAX * INVOCATION_MEMORY_INITIAL_BYTES <= NODE_MEMORY_BYTES_MAX,
  ],
  [
    "a node has memory for one full invocation",
    INVOCATION_MEMORY_BYTES_MAX < NODE_MEMORY_BYTES_MAX,
  ],
  ["an awaited tree of full depth fits a message", MAX_FUTURE_DEPTH < MESSAGE_ELEMENTS_MAX],
  ["the default partition count is allowed", PARTITION_COUNT_DEFAULT <= PARTITION_COUNT_MAX],
  ["partition numbers fit 16 bits", PARTITION_COUNT_MAX < 65536],
];

for (const [relation, holds] of LIMIT_RELATIONS) {
  if (!holds) throw new Error(`protocol limits contradict each other: ${relation}`);
}
