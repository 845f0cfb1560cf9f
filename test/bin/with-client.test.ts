import { expect, test } from 'vitest'
import { withClient } from '#bin/postgres/with-client'
import { runOnServer, serverUrl } from '#test/setup/database'

test('a connection that an administrator ends while it is idle fails what is asked next, and nothing else', async () => {
  const asked = withClient({ connectionString: serverUrl() }, async (client) => {
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
    const ended = new Promise<void>((resolve) => client.on('end', resolve))
    await runOnServer(`SELECT pg_terminate_backend(${rows[0].pid})`)
    await ended
    await client.query('SELECT 1')
  })
  await expect(asked).rejects.toThrow(/not queryable/)
})
