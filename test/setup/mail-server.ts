import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

export interface MailServer {
  /** For SMTP_URL. */
  url: string
  /** Mails as they came, headers and all. */
  mails: string[]
  close: () => Promise<void>
}

/** A mail server that keeps what it is sent: as much of SMTP as one client without sign-in needs. */
export async function startMailServer(): Promise<MailServer> {
  const mails: string[] = []
  const server = createServer((socket) => void serve(socket, mails).catch(() => {}))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  }
}

async function serve(socket: Socket, mails: string[]): Promise<void> {
  const say = (line: string) => socket.write(`${line}\r\n`)
  say('220 test')
  let mail: string[] | null = null
  for await (const line of createInterface(socket)) {
    if (mail) {
      if (line !== '.') mail.push(line)
      else {
        mails.push(mail.join('\n'))
        mail = null
        say('250 kept')
      }
    } else if (/^DATA/i.test(line)) {
      mail = []
      say('354 go on')
    } else if (/^QUIT/i.test(line)) {
      say('221 bye')
      socket.end()
    } else say('250 ok')
  }
}
