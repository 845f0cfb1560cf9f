import { createServer } from 'node:net'

/** A TCP port on 127.0.0.1 that nothing listens on; `preferred` if that one is free. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred && (await portIsFree(preferred, '127.0.0.1'))) return preferred
  return listenOnce(0, '127.0.0.1')
}

/** True when nothing listens on `port` (on every address unless `host` is given). */
export async function portIsFree(port: number, host?: string): Promise<boolean> {
  return listenOnce(port, host).then(
    () => true,
    () => false,
  )
}

function listenOnce(port: number, host?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject()))
    })
  })
}
