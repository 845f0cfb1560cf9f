import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { getPriority, tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { ffmpegPath, ffprobePath } from '#core/media/binaries'
import { ASKING, inspecting, type MediaNeeds, rendering } from '#core/media/needs'
import { runMedia, startMedia } from '#core/media/process'
import { type WallKind, wallsFor } from '#core/media/walls'
import { procFile, runningBelow, runningWith } from '#test/setup/processes'

const SECRET = 'a-secret-of-the-portal'
const ENDLESS = [
  '-v',
  'error',
  '-f',
  'lavfi',
  '-re',
  '-i',
  'anullsrc',
  '-f',
  'null',
  '-',
  '-progress',
  'pipe:1',
]
const before = { ...process.env }
let folder: string

beforeAll(() => {
  Object.assign(process.env, { NEXTAUTH_SECRET: SECRET, SMTP_URL: SECRET, NODE_OPTIONS: '--no-warnings' })
})
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'greenroom-box-'))
})
afterEach(async () => {
  process.env.MEDIA_BOX = before.MEDIA_BOX ?? ''
  await rm(folder, { recursive: true, force: true })
})
afterAll(() => {
  process.env = before
})

/** The walls that this machine has, which its strongest one decides on. */
const ALL: WallKind[] = ['bubblewrap', 'namespaces', 'none']
const kinds = ALL.filter((kind) => {
  process.env.MEDIA_BOX = kind
  return wallsFor(ffmpegPath()).kind === kind
})

describe.each(kinds)('behind the wall %s', (kind) => {
  async function whileRunning(needs: MediaNeeds, look: (pid: number) => void | Promise<void>) {
    process.env.MEDIA_BOX = kind
    const running = startMedia(ffmpegPath(), ENDLESS, needs, ['ignore', 'pipe', 'ignore'])
    try {
      await vi.waitFor(() => expect(runningBelow('ffmpeg')).toHaveLength(1), { timeout: 10_000 })
      await look(runningBelow('ffmpeg')[0])
    } finally {
      running.kill()
      await running.ended
    }
    expect(runningBelow('ffmpeg')).toEqual([])
  }

  test('a running ffmpeg knows no secret, and neither does what starts it', async () => {
    await whileRunning(ASKING, () => {
      for (const pid of runningWith('anullsrc')) {
        const names = procFile(pid, 'environ')
          .split('\0')
          .filter(Boolean)
          .map((line) => line.split('=')[0])
        expect(names.length).toBeGreaterThan(0)
        expect(['PATH', 'TMPDIR', 'LANG', 'LD_LIBRARY_PATH', 'PWD']).toEqual(expect.arrayContaining(names))
      }
    })
  })

  test('its memory, time, files and cores are limited, it is nice, and the first to die', async () => {
    const needs = { ...rendering([]), memoryBytes: 2 ** 30, cpuSeconds: 77, fileBytes: 12_345 }
    await whileRunning(needs, (pid) => {
      const limits = procFile(pid, 'limits')
      expect(limits).toMatch(/^Max address space +1073741824 /m)
      expect(limits).toMatch(/^Max cpu time +77 +82 /m)
      expect(limits).toMatch(/^Max file size +12345 +12345 /m)
      expect(limits).toMatch(/^Max open files +256 /m)
      expect(limits).toMatch(/^Max core file size +0 +0 /m)
      if (kind !== 'none') expect(limits).toMatch(/^Max processes +512 +512 /m)
      expect(procFile(pid, 'oom_score_adj').trim()).toBe('900')
      const niceness = procFile(pid, 'stat').split(') ')[1].split(' ')[16]
      expect(Number(niceness)).toBe(Math.min(19, getPriority() + 5))
    })
  })

  test('it has no powers, and can gain none', async () => {
    await whileRunning(ASKING, (pid) => {
      expect(procFile(pid, 'status')).toMatch(/^CapEff:\t0+$/m)
      expect(procFile(pid, 'status')).toMatch(/^NoNewPrivs:\t1$/m)
    })
  })

  test('it dies with the process that started it, in whatever way that ends', async () => {
    const word = `comment=${path.basename(folder)}-${kind}`
    const script = `
      const { startMedia } = await import('#core/media/process')
      const { ASKING } = await import('#core/media/needs')
      const args = ${JSON.stringify([...ENDLESS.slice(0, -4), '-metadata', word, ...ENDLESS.slice(-4)])}
      startMedia(${JSON.stringify(ffmpegPath())}, args, ASKING, ['ignore', 'inherit', 'inherit'])`
    const env = { ...process.env, MEDIA_BOX: kind }
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { env, stdio: 'ignore' })
    const left = () => runningWith(word).filter((pid) => pid !== parent.pid)
    await vi.waitFor(() => expect(left()).not.toEqual([]), { timeout: 10_000 })
    parent.kill('SIGKILL')
    await vi.waitFor(() => expect(left()).toEqual([]), { timeout: 10_000 })
  })

  test('the network is out of reach', async () => {
    process.env.MEDIA_BOX = kind
    const reached = await withPort(async (port) => {
      const args = ['-v', 'error', '-i', `http://127.0.0.1:${port}/a.mp4`]
      await runMedia(ffprobePath(), args, ASKING, { timeoutMs: 3000 }).catch(() => {})
    })
    expect(reached).toBe(kind === 'none')
  })
})

const behindBubblewrap = kinds.includes('bubblewrap') ? [null] : []
test.each(behindBubblewrap)('its files are all that a boxed ffmpeg sees, and may write', async () => {
  const sound = ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'sine=d=0.1', '-f', 'wav']
  const own = path.join(folder, 'own.wav')
  const other = path.join(folder, 'other.wav')
  await writeFile(other, 'as it was')
  expect((await runMedia(ffmpegPath(), [...sound, own], inspecting('/none', [own]))).exitCode).toBe(0)
  expect((await readFile(own)).length).toBeGreaterThan(1000)
  for (const file of [other, path.join(folder, 'new.wav'), '/tmp/new.wav', '/dev/shm/new.wav', '/new.wav']) {
    expect((await runMedia(ffmpegPath(), [...sound, file], ASKING)).exitCode).not.toBe(0)
  }
  expect(await readFile(other, 'utf8')).toBe('as it was')
  expect((await readdir(folder)).sort()).toEqual(['other.wav', 'own.wav'])
  const read = [
    '-v',
    'error',
    '-f',
    'data',
    '-i',
    '/etc/passwd',
    '-map',
    '0',
    '-c',
    'copy',
    '-f',
    'data',
    '-',
  ]
  expect((await runMedia(ffmpegPath(), read, ASKING)).stdout.length).toBe(0)
  const input = await runMedia(ffmpegPath(), ['-v', 'error', '-y', '-i', own, own], inspecting(own))
  expect(input.exitCode).not.toBe(0)
})

test('a file that grows beyond its limit ends the program that writes it', async () => {
  const file = path.join(folder, 'large.wav')
  const needs = { ...inspecting('/none', [file]), fileBytes: 100_000 }
  const args = ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'anullsrc=d=60', '-f', 'wav', file]
  await expect(runMedia(ffmpegPath(), args, needs)).rejects.toMatchObject({ failure: 'killed' })
  expect((await readFile(file)).length).toBeLessThanOrEqual(100_000)
})

test('a program that uses too much processor time is ended as one that took too long', async () => {
  const busy = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=s=1920x1080', '-count_frames']
  const running = runMedia(ffprobePath(), busy, { ...ASKING, cpuSeconds: 1 })
  await expect(running).rejects.toMatchObject({ failure: 'timeout' })
})

async function withPort(work: (port: number) => Promise<void>): Promise<boolean> {
  let reached = false
  const server = net.createServer((socket) => {
    reached = true
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  await work((server.address() as net.AddressInfo).port)
  server.close()
  return reached
}
