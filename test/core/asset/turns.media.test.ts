import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { inspectUpload } from '#core/asset/intake'
import { uploadLimits } from '#core/asset/limits'
import { createTurns } from '#core/asset/turns'
import { createUploadServer } from '#core/asset/uploads'
import { prepareDataDir } from '#core/storage/layout'
import { runningBelow } from '#test/setup/processes'

/** Work that ends when it is told to, and a note of who is at it. */
function desk(width: number) {
  const turns = createTurns(width)
  const atWork: string[] = []
  const ends = new Map<string, () => void>()
  const send = (who: string, name: string) =>
    turns(who, async () => {
      atWork.push(name)
      await new Promise<void>((end) => ends.set(name, end))
      atWork.splice(atWork.indexOf(name), 1)
    })
  const end = async (name: string) => {
    ends.get(name)?.()
    await vi.waitFor(() => expect(atWork).not.toContain(name))
  }
  return { send, end, atWork }
}

test('somebody with one file finds a place beside somebody with many', async () => {
  const { send, end, atWork } = desk(3)
  const sent = Array.from({ length: 24 }, (_, n) => send('many', `m${n}`))
  sent.push(send('one', 'o'))
  await vi.waitFor(() => expect(atWork).toEqual(['m0', 'm1', 'o']))
  await end('o')
  expect(atWork).toEqual(['m0', 'm1'])
  for (let n = 0; n < 24; n++) {
    await vi.waitFor(() => expect(atWork).toContain(`m${n}`))
    await end(`m${n}`)
  }
  await Promise.all(sent)
})

test('with one place alone, people take turns', async () => {
  const { send, end, atWork } = desk(1)
  const sent = [send('a', 'a0'), send('a', 'a1'), send('a', 'a2'), send('b', 'b0'), send('b', 'b1')]
  for (const next of ['a0', 'b0', 'a1', 'b1', 'a2']) {
    await vi.waitFor(() => expect(atWork).toEqual([next]))
    await end(next)
  }
  await Promise.all(sent)
})

test('work that fails gives its place on', async () => {
  const turns = createTurns(1)
  await expect(turns('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await turns('a', async () => 'next')).toBe('next')
})

test('24 uploads at once are inspected by no more processes than there are places, and all are answered', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'greenroom-turns-'))
  await prepareDataDir(dataDir)
  const limits = { ...uploadLimits({} as NodeJS.ProcessEnv), inspectionsAtOnce: 3 }
  let most = 0
  const server = createUploadServer({
    ...{ dataDir, path: '/uploads', limits },
    identify: async (request) => ({ userId: request.headers.get('x-test-user')! }),
    onReceived: async (upload) => {
      await inspectUpload(upload.path, upload.kind, limits)
      return { assetId: 'an-asset' }
    },
  })
  const body = readFileSync('test/fixtures/awkward/audio_8khz_mono.wav')
  const upload = (user: string) =>
    server.handleWeb(
      new Request('http://greenroom.test/uploads', {
        method: 'POST',
        headers: {
          ...{ 'Tus-Resumable': '1.0.0', 'Upload-Length': String(body.length), 'x-test-user': user },
          ...{ 'Upload-Metadata': `kind ${btoa('speech')},filename ${btoa('a.wav')}` },
          'Content-Type': 'application/offset+octet-stream',
        },
        body,
      }),
    )
  const look = setInterval(() => {
    most = Math.max(most, runningBelow('ffprobe').length + runningBelow('ffmpeg').length)
  }, 2)
  try {
    const users = Array.from({ length: 24 }, (_, n) => (n % 12 === 0 ? 'few' : 'many'))
    const answers = await Promise.all(users.map(upload))
    expect(answers.map(({ status }) => status)).toEqual(users.map(() => 204))
  } finally {
    clearInterval(look)
    await rm(dataDir, { recursive: true, force: true })
  }
  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThanOrEqual(3)
})
