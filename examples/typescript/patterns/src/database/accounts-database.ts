/**
 * A SQL database in this process's memory, in the place of one that runs elsewhere. What matters is
 * that a change and the mark that it has been made are one transaction.
 */
import initSqlJs from "sql.js";

const { Database } = await initSqlJs();
const database = new Database();
database.run(`
  CREATE TABLE accounts (name TEXT PRIMARY KEY, cents INTEGER NOT NULL CHECK (cents >= 0));
  CREATE TABLE applied (token TEXT PRIMARY KEY);
`);

export class InsufficientFundsError extends Error {}

/** Writing the same again changes nothing. */
export function setBalance(name: string, cents: number): void {
  const upsert =
    "INSERT INTO accounts VALUES (?, ?) ON CONFLICT DO UPDATE SET cents = excluded.cents";
  database.run(upsert, [name, cents]);
}

export function readBalance(name: string): number | undefined {
  const [result] = database.exec("SELECT cents FROM accounts WHERE name = ?", [name]);
  return result?.values[0]?.[0] as number | undefined;
}

/** Moves money, unless it has been done under this token before. */
export function transferOnce(token: string, from: string, to: string, cents: number): void {
  if (!inTransaction(() => tryTransfer(token, from, to, cents))) return;
  if (connectionLosses > 0) {
    connectionLosses--;
    throw new Error("the connection was lost before the database could answer");
  }
}

let connectionLosses = 0;

/** The next transfer is made, but whoever asked for it does not learn that. */
export function loseNextAnswer(): void {
  connectionLosses++;
}

function tryTransfer(token: string, from: string, to: string, cents: number): boolean {
  database.run("INSERT INTO applied VALUES (?) ON CONFLICT DO NOTHING", [token]);
  if (database.getRowsModified() === 0) return false;
  const take = "UPDATE accounts SET cents = cents - ? WHERE name = ? AND cents >= ?";
  database.run(take, [cents, from, cents]);
  if (database.getRowsModified() === 0) {
    throw new InsufficientFundsError(`${from} does not have ${cents} cents`);
  }
  database.run("UPDATE accounts SET cents = cents + ? WHERE name = ?", [cents, to]);
  return true;
}

function inTransaction<T>(work: () => T): T {
  database.run("BEGIN");
  try {
    const result = work();
    database.run("COMMIT");
    return result;
  } catch (error) {
    database.run("ROLLBACK");
    throw error;
  }
}
