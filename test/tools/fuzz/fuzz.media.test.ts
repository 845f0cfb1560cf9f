import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { ffmpegPath } from '#core/media/binaries'
import { runFuzz } from '#tools/fuzz/fuzz'
import { checksOf, detailsOf } from '#tools/fuzz/report'
import { foreignCalls, foreignIn, straceCommand } from '#tools/fuzz/strace'
import { tableOf } from '#tools/measure/check'

const folder = await mkdtemp(join(tmpdir(), 'greenroom-fuzz-test-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The short form of `npm run fuzz`: two files of every format. */
test('damaged files crash, hang, leave and open nothing', { timeout: 600_000 }, async () => {
  const report = await runFuzz({ files: 40, seed: 20_261 })
  const { crashes, hangs, left, foreign, peakBytes, memoryLimit, answers } = report
  console.log([tableOf(checksOf(report)), ...detailsOf(report)].join('\n'))
  expect({ crashes, hangs, left, foreign }).toEqual({ crashes: [], hangs: [], left: [], foreign: [] })
  expect(peakBytes).toBeGreaterThan(0)
  expect(peakBytes).toBeLessThan(memoryLimit)
  expect(Object.values(answers).reduce((sum, count) => sum + count, 0)).toBe(40)
})

const START = 'execve("/usr/bin/bwrap", [], 0x7f /* 3 vars */) = 0\n'
const RUNS = 'execve("/usr/bin/ffprobe", [], 0x7f /* 3 vars */) = 0\n'
const own = 'openat(AT_FDCWD, "/data/in/a.mp4", O_RDONLY) = 3\n'
const library = 'openat(AT_FDCWD, "/usr/lib/libavcodec.so", O_RDONLY|O_CLOEXEC) = 3\n'

test.each([
  ['nothing but its own file', START + RUNS + own + library, 0],
  ['a stranger’s file', `${START + RUNS}openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3\n`, 1],
  ['a stranger’s file, in a thread', 'openat(AT_FDCWD, "/data/secrets.json", O_RDONLY) = 9\n', 1],
  [
    'a file that it was not given',
    `${RUNS}openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = -1 ENOENT (No such file)\n`,
    0,
  ],
  ['an address', `${RUNS}connect(3, {sa_family=AF_INET, sin_port=htons(80)}, 16) = -1 ENETUNREACH (x)\n`, 1],
  ['the walls, before it starts', `${START}openat(AT_FDCWD, "/proc/1/ns", O_RDONLY) = 3\n${RUNS}${own}`, 0],
  [
    'the walls, that wait for it',
    'pivot_root("/tmp", "oldroot") = 0\nopenat(AT_FDCWD, "/x", O_RDONLY) = 3\n',
    0,
  ],
])('what strace saw of %s is told', (_, log, count) => {
  expect(foreignIn(log, ['/data/in/'])).toHaveLength(count)
})

test('a careless ffmpeg is caught in the act', async () => {
  const logs = join(folder, 'logs')
  await mkdir(logs)
  await writeFile(join(folder, 'bait.txt'), 'bait')
  const watch = straceCommand(logs)
  // Where strace can't be used, a run says so, and only the port tells.
  if (!watch) return
  const args = ['-v', 'quiet', '-f', 'data', '-i', join(folder, 'bait.txt'), '-map', '0', '-f', 'null', '-']
  await promisify(execFile)(watch[0], [...watch.slice(1), ffmpegPath(), ...args]).catch(() => {})
  expect(foreignCalls(logs, [], ['/elsewhere/']).join('\n')).toContain('bait.txt')
  expect(foreignCalls(logs, [], [`${folder}/`])).toEqual([])
})
