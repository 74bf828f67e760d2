/** The version of this program, as its package says; a test keeps the two in step. */
export const CLI_VERSION = "0.1.0";
