/** Runs `work`, which may call core functions, against one portal's database and data folder. */
export async function withCore<T>(databaseUrl: string, dataDir: string, work: () => Promise<T>): Promise<T> {
  process.env.DATABASE_URL = databaseUrl
  process.env.DATA_DIR = dataDir
  const { closeDb } = await import('#core/db')
  try {
    return await work()
  } finally {
    await closeDb()
  }
}
