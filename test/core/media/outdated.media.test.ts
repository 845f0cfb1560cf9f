import { createRequire } from 'node:module'
import { afterEach, expect, test, vi } from 'vitest'
import { isPublic } from '#core/media/outdated'

const bundled = (tool: string) => createRequire(import.meta.url)(`@${tool}-installer/${tool}`).path as string

afterEach(() => {
  vi.unstubAllEnvs()
  vi.resetModules()
})

/** Asked anew, since a process finds its ffmpeg once. */
async function refusal(settings: Record<string, string>): Promise<string | null> {
  vi.resetModules()
  vi.stubEnv('FFMPEG_PATH', settings.FFMPEG_PATH ?? bundled('ffmpeg'))
  const { refuseOutdatedFfmpeg } = await import('#core/media/outdated')
  return refuseOutdatedFfmpeg(settings as unknown as NodeJS.ProcessEnv).then(
    () => null,
    (error: Error) => error.message,
  )
}

test('an ffmpeg of 2018 is refused where strangers come, saying what helps', async () => {
  const PUBLIC_URL = 'https://greenroom.example.com'
  expect(await refusal({ PUBLIC_URL })).toMatch(/too old.*Install ffmpeg 5.*ALLOW_OUTDATED_FFMPEG=1/)
  expect(await refusal({ PUBLIC_URL, ALLOW_OUTDATED_FFMPEG: '1' })).toBeNull()
  expect(await refusal({ PUBLIC_URL: 'http://localhost:3000' })).toBeNull()
  expect(await refusal({})).toBeNull()
})

test.each([
  ['https://greenroom.example.com', true],
  ['http://192.168.1.5:3000', true],
  ['http://localhost.example.com', true],
  ['no address', true],
  ['http://localhost:3000', false],
  ['http://portal.localhost:3000', false],
  ['http://127.0.0.1:3000', false],
  ['http://[::1]:3000', false],
  ['', false],
])('whether %s is for strangers: %s', (url, others) => {
  expect(isPublic(url)).toBe(others)
})
