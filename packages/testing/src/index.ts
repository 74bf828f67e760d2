/** Tests of durable services on a real server in the same process. */
export {};
