import { createTransport } from 'nodemailer'
import { webEnv } from './env.ts'

const PATIENCE_MS = 20_000

/**
 * The address that links in mails begin with, or null where none can be sent: without a mail server, or where the
 * portal's own address is only known from the Host header, which whoever asks can make up.
 */
export function mailOrigin(): string | null {
  const { SMTP_URL, NEXTAUTH_URL, AUTH_TRUST_HOST } = webEnv()
  return SMTP_URL && NEXTAUTH_URL && !AUTH_TRUST_HOST ? new URL(NEXTAUTH_URL).origin : null
}

/** Sends a mail of plain text. */
export async function sendMail(to: string, subject: string, text: string): Promise<void> {
  const { SMTP_URL, MAIL_FROM } = webEnv()
  const transport = createTransport({
    url: SMTP_URL,
    connectionTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
    // A mail is words of ours alone: it never reads a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  await transport.sendMail({ from: MAIL_FROM, to, subject, text })
}
