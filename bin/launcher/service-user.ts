import { spawnSync } from 'node:child_process'
import { chownSync, constants, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '#bin/process/paths'
import { Stop, say } from '#bin/process/say'
import { isPublic } from '#core/media/outdated'
import { dataLayout } from '#core/storage/layout'
import type { PortalOptions } from './options.ts'

export type ServiceUser = { uid: number; gid: number }

/**
 * Who runs web and worker when root started the launcher: the owner of the data folder, where that is another user.
 * Null where they run as whoever started the launcher. Throws Stop where a portal for others would run as root, and where
 * that user can't read what it runs; in development also write, as the pages are built beside their sources then.
 */
export function serviceUser({ dataDir, mode }: Pick<PortalOptions, 'dataDir' | 'mode'>): ServiceUser | null {
  if (process.getuid?.() !== 0) return null
  const { uid, gid } = statSync(dataDir)
  if (uid === 0) {
    requireOwnMachine(dataDir)
    return null
  }
  requireAccess({ uid, gid }, dataDir, mode)
  for (const folder of Object.values(dataLayout(dataDir))) {
    mkdirSync(folder, { recursive: true })
    chownSync(folder, uid, gid)
  }
  say(`• Started as root; web server and worker run as the owner of the data folder (uid ${uid})`)
  return { uid, gid }
}

function requireOwnMachine(dataDir: string): void {
  if (!isPublic(process.env.PUBLIC_URL) || process.env.ALLOW_ROOT === '1') return
  throw new Stop(
    'PUBLIC_URL is set, and web server and worker would run as root: whoever breaks into one of them owns this machine. ' +
      `Give the data folder to a user of its own, and start again:\n  useradd --system greenroom\n  chown -R greenroom ${dataDir}\n` +
      'As root or as that user, Greenroom then runs as it. ALLOW_ROOT=1 starts it as root all the same.',
  )
}

/** A clone under /root, say, is closed to everybody else. */
function requireAccess(user: ServiceUser, dataDir: string, mode: PortalOptions['mode']): void {
  const who = `${dataDir} belongs to the user with uid ${user.uid}, who shall run web server and worker, but can't`
  const readable = [join(ROOT, 'worker/main.ts'), join(ROOT, 'node_modules'), dataDir]
  if (!reaches(user, constants.R_OK, readable))
    throw new Stop(
      `${who} read ${ROOT} or run ${process.execPath}. Move Greenroom to where others may read, such as /opt/greenroom, ` +
        'or give the data folder to root.',
    )
  if (mode === 'development' && !reaches(user, constants.W_OK, [ROOT]))
    throw new Stop(
      `${who} write to ${ROOT}, where npm run dev builds the pages. Start it as the user whose clone this is, ` +
        `or give the clone to that user too:\n  chown -R ${user.uid} ${ROOT}`,
    )
}

function reaches(user: ServiceUser, mode: number, paths: string[]): boolean {
  const script = 'for (const path of process.argv.slice(2)) fs.accessSync(path, Number(process.argv[1]))'
  const { status } = spawnSync(process.execPath, ['-e', script, String(mode), ...paths], {
    ...{ ...user, cwd: '/', stdio: 'ignore' },
  })
  return status === 0
}
