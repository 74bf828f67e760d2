/** Stands for a mail service: keeps what was sent, and prints it. */
export interface Mail {
  readonly to: string;
  readonly text: string;
}

export const sentMails: Mail[] = [];

export function sendMail(to: string, text: string): void {
  sentMails.push({ to, text });
  console.log(`[mail] to ${to}: ${text}`);
}
