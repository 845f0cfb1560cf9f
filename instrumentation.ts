/** Runs once when the web process starts; what goes wrong here stops it, with the reason in plain words. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs' || process.env.NEXT_PHASE === 'phase-production-build') return
  const { startWeb } = await import('#app/_boot/start')
  await startWeb()
}
