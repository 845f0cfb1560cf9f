import pg from 'pg'

/**
 * Runs `use` with a connection of its own, and closes it. When the server ends the connection, what is asked on it
 * rejects; its `error` event is heard here, because one that nobody hears would end the whole process.
 */
export async function withClient<T>(
  config: pg.ClientConfig,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(config)
  client.on('error', () => {})
  try {
    await client.connect()
    return await use(client)
  } finally {
    await client.end().catch(() => {})
  }
}
