import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { serviceUser } from '#bin/launcher/service-user'
import { Stop } from '#bin/process/say'

const NOBODY = 65_534
const root = process.getuid?.() === 0
const folders: string[] = []

afterEach(() => {
  vi.unstubAllEnvs()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function dataFolder(owner: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-user-'))
  folders.push(folder)
  const data = join(folder, 'data')
  mkdirSync(data)
  chmodSync(folder, 0o755)
  if (root) chownSync(data, owner, owner)
  return data
}

test('whoever is not root runs everything as before', () => {
  const getuid = vi.spyOn(process, 'getuid').mockReturnValue(1000)
  vi.stubEnv('PUBLIC_URL', 'https://greenroom.example.com')
  expect(serviceUser({ dataDir: dataFolder(0), mode: 'production' })).toBeNull()
  getuid.mockRestore()
})

// Only root can give a folder away.
if (root) {
  test.each(['production', 'development'] as const)(
    'a portal for others does not run as root, unless it must: %s',
    (mode) => {
      const dataDir = dataFolder(0)
      expect(serviceUser({ dataDir, mode })).toBeNull()
      vi.stubEnv('PUBLIC_URL', 'https://greenroom.example.com')
      expect(() => serviceUser({ dataDir, mode })).toThrow(/chown -R greenroom/)
      expect(() => serviceUser({ dataDir, mode })).toThrow(Stop)
      vi.stubEnv('ALLOW_ROOT', '1')
      expect(serviceUser({ dataDir, mode })).toBeNull()
    },
  )

  test('in development that owner has to be able to build the pages where they lie', () => {
    const clone = statSync(join(import.meta.dirname, '../..'))
    const [dataDir, mode] = [dataFolder(NOBODY), 'development' as const]
    if (clone.uid === NOBODY) expect(serviceUser({ dataDir, mode })).toMatchObject({ uid: NOBODY })
    else expect(() => serviceUser({ dataDir, mode })).toThrow(/can't (read|write)/)
  })

  test('the owner of the data folder runs web and worker, and gets its folders', () => {
    const dataDir = dataFolder(NOBODY)
    let user: ReturnType<typeof serviceUser> = null
    try {
      user = serviceUser({ dataDir, mode: 'production' })
    } catch (error) {
      // A clone that others can't read, as under /root, is told so.
      expect((error as Error).message).toMatch(/can't read/)
      return
    }
    expect(user).toEqual({ uid: NOBODY, gid: NOBODY })
    expect(statSync(join(dataDir, 'storage', 'checkpoints')).uid).toBe(NOBODY)
  })
}
