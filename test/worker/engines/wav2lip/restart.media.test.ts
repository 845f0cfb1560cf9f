import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeDb } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import type { User } from '#prisma/client'
import { knownNetwork, writeNetwork } from '#test/fixtures/wav2lip/networks'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { createUser } from '#test/setup/factories'
import { awkward, readJob, startWorker, submitBatch, until, untilEnded } from '#test/setup/worker'

let database: TestDatabase
let owner: User

beforeAll(async () => {
  database = await createTestDatabase()
  owner = await createUser()
})
afterAll(async () => {
  await closeBoss()
  await closeDb()
  await database.drop()
})

test('out of memory: the slot leaves with code 75, and the next one renders with half as many frames at once', {
  timeout: 120_000,
}, async () => {
  const model = join(database.dataDir, 'greedy.onnx')
  await writeNetwork(model, knownNetwork({ greedy: true }))
  const env = { ENGINE: 'wav2lip', WAV2LIP_MODEL: model, WAV2LIP_BATCH: '4' }
  // The engine that jobs get unless they ask for another is decided where they are submitted.
  Object.assign(process.env, env)
  const [job] = await submitBatch(owner.id, awkward('audio_8khz_mono.wav'), [
    awkward('video_without_audio.mp4'),
  ])

  const first = startWorker(env)
  await until(() => first.child.exitCode !== null)
  expect(first.child.exitCode, first.output()).toBe(75)
  expect(await readJob(job.id)).toMatchObject({ state: 'queued', attempt: 1, errorCode: 'out_of_memory' })

  const second = startWorker(env)
  await untilEnded([job.id])
  await second.stop('SIGTERM')
  expect(await readJob(job.id)).toMatchObject({ state: 'succeeded', attempt: 2 })
})
