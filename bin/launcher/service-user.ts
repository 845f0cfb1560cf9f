import { spawnSync } from 'node:child_process'
import { chownSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '#bin/process/paths'
import { Stop, say } from '#bin/process/say'
import { isPublic } from '#core/media/outdated'
import { dataLayout } from '#core/storage/layout'
import type { PortalOptions } from './options.ts'

export type ServiceUser = { uid: number; gid: number }

/**
 * Who runs web and worker when root started the launcher: the owner of the data folder, where that is another user.
 * Null where they run as whoever started the launcher. Throws Stop where a portal for others would run as root.
 */
export function serviceUser({ dataDir, mode }: Pick<PortalOptions, 'dataDir' | 'mode'>): ServiceUser | null {
  if (process.getuid?.() !== 0 || mode === 'development') return null
  const { uid, gid } = statSync(dataDir)
  if (uid === 0) {
    requireOwnMachine(dataDir)
    return null
  }
  requireReadable({ uid, gid }, dataDir)
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
function requireReadable(user: ServiceUser, dataDir: string): void {
  const script = `for (const path of process.argv.slice(1)) require('node:fs').accessSync(path, 4)`
  const paths = [join(ROOT, 'worker/main.ts'), join(ROOT, 'node_modules'), dataDir]
  const { status } = spawnSync(process.execPath, ['-e', script, ...paths], {
    ...user,
    cwd: '/',
    stdio: 'ignore',
  })
  if (status === 0) return
  throw new Stop(
    `${dataDir} belongs to the user with uid ${user.uid}, who shall run web server and worker, but can't read ${ROOT} ` +
      `or run ${process.execPath}. Move Greenroom to where others may read, such as /opt/greenroom, or give the data folder to root.`,
  )
}
