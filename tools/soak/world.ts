import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { embeddedDatabase, prepareDatabase } from '#bin/postgres/prepare'
import { startThrowAwayPostgres, type ThrowAwayPostgres } from '#bin/postgres/throw-away'
import { freePort } from '#bin/process/free-port'
import { closeDb, db } from '#core/db'
import { ffmpegPath } from '#core/media/binaries'
import { createUser } from '#core/user/mutations'
import { PASSWORD } from '#test/setup/visitor'
import { webEnvironment } from '#test/setup/web'

/** What a soak happens in: a Postgres and a folder of its own, accounts, and media of one second. */
export interface World {
  postgres: ThrowAwayPostgres
  dataDir: string
  /** For files of the soak itself. */
  folder: string
  /** Where the web server is to answer. */
  origin: string
  /** The environment of web and worker. */
  env: NodeJS.ProcessEnv
  speech: string
  presenter: string
  /** Jobs that wait or run; none where the database can't say. */
  countOpen(): Promise<number>
  remove(): Promise<void>
}

/** Accounts that are there from the start; their password is PASSWORD. */
export const MEMBER = 'member@example.org'
export const ADMIN = 'admin@example.org'

/** Sets DATABASE_URL and DATA_DIR of this process to the world's. */
export async function createWorld(): Promise<World> {
  const postgres = await startThrowAwayPostgres({ killable: true })
  try {
    const dataDir = join(postgres.folder, 'data')
    const folder = join(postgres.folder, 'soak')
    mkdirSync(folder)
    mkdirSync(dataDir)
    const urls = await embeddedDatabase(postgres.url, PASSWORD)
    Object.assign(process.env, { DATABASE_URL: urls.portal, DATA_DIR: dataDir, LOG_LEVEL: 'info' })
    await prepareDatabase(urls)
    await createUser({ email: MEMBER, name: 'Member', password: PASSWORD, role: 'member' })
    await createUser({ email: ADMIN, name: 'Admin', password: PASSWORD, role: 'admin' })
    const origin = `http://127.0.0.1:${await freePort()}`
    return {
      ...{ postgres, dataDir, folder, origin, ...(await makeMedia(folder)) },
      env: { ...webEnvironment({ url: urls.portal, dataDir }, origin), ...workerSettings(folder) },
      countOpen: () =>
        db()
          .renderJob.count({ where: { state: { in: ['queued', 'running'] } } })
          .catch(() => 0),
      async remove() {
        await closeDb()
        await postgres.remove()
      },
    }
  } catch (error) {
    await postgres.remove()
    throw error
  }
}

/** Two slots on one machine, rendering with a program that hands out a prepared video after a moment. */
function workerSettings(folder: string): Record<string, string> {
  const script = join(folder, 'render.sh')
  writeFileSync(script, SCRIPT)
  chmodSync(script, 0o755)
  return {
    DEVICES: 'cpu,cuda:0',
    MACHINE_NAME: 'soak',
    ENGINE: 'command',
    COMMAND_ENGINE: JSON.stringify([script, '{output}']),
    COMMAND_CWD: folder,
  }
}

/** Two renders on one slot at once are written down. The slots' programs see different devices. */
const SCRIPT = `#!/bin/sh
exec 9> "slot-\${CUDA_VISIBLE_DEVICES:-cpu}.lock"
command -v flock > /dev/null && { flock -n 9 || echo "$CUDA_VISIBLE_DEVICES" >> overlaps; }
sleep "0.$(( $$ % 8 + 1 ))"
cp presenter.mp4 "$1"
`

async function makeMedia(folder: string): Promise<{ speech: string; presenter: string }> {
  const speech = join(folder, 'speech.wav')
  const presenter = join(folder, 'presenter.mp4')
  const make = (args: string[]) =>
    promisify(execFile)(ffmpegPath(), ['-y', '-loglevel', 'error', ...args], { timeout: 30_000 })
  await make(['-f', 'lavfi', '-i', 'sine=frequency=440:duration=1', speech])
  const picture = [
    '-c:v',
    'libx264',
    '-pix_fmt',
    'yuv420p',
    '-preset',
    'ultrafast',
    '-movflags',
    '+faststart',
  ]
  await make(['-f', 'lavfi', '-i', 'testsrc2=size=128x128:rate=25:duration=1', ...picture, presenter])
  return { speech, presenter }
}
