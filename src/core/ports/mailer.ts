/** One message to one person. */
export interface MailMessage {
  /** An address alone, checked by whoever took it. */
  readonly to: string;
  /** One line; line breaks and other control characters are taken out. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Sends mail. */
export interface Mailer {
  /**
   * Resolves when somebody else answers for the message: a mail server, or a file on the disk. Throws `unavailable` reason
   * `mail` when nobody does, `invalid` reason `mail_address` for an address that could be more than one.
   */
  send(message: MailMessage): Promise<void>;
  /** Gives connections back. */
  close(): Promise<void>;
}
