/** Stands for something outside that fails now and then. */
export interface Card {
  readonly to: string;
  readonly text: string;
}

export const sentCards: Card[] = [];

let closings = 0;

/** The next so many cards are not taken. */
export function closePostOffice(times: number): void {
  closings = times;
}

export function sendCard(to: string, text: string): string {
  if (closings > 0) {
    closings--;
    throw new Error("the post office is closed");
  }
  sentCards.push({ to, text });
  return `a card to ${to}`;
}
