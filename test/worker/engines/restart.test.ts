import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeDb, db } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import type { User } from '../../../prisma/generated/client.ts'
import { knownNetwork, writeNetwork } from '../../fixtures/wav2lip/networks.ts'
import { createTestDatabase, type TestDatabase } from '../../setup/database.ts'
import { createUser } from '../../setup/factories.ts'
import { awkward, readJob, startWorker, submitBatch, untilEnded } from '../../setup/worker.ts'

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

test('out of memory: the slot leaves, and the next one renders with half as many frames at once', {
  timeout: 180_000,
}, async () => {
  const model = join(database.dataDir, 'greedy.onnx')
  await writeNetwork(model, knownNetwork({ greedy: true }))
  const env = { ENGINE: 'wav2lip', WAV2LIP_MODEL: model, WAV2LIP_BATCH: '4' }
  const [job] = await submitBatch(owner.id, awkward('audio_8khz_mono.wav'), [
    awkward('video_without_audio.mp4'),
  ])

  const worker = startWorker(env)
  await untilEnded([job.id])
  expect(await readJob(job.id)).toMatchObject({ state: 'succeeded', attempt: 2 })
  const retries = await db().jobEvent.findMany({ where: { jobId: job.id, kind: 'retrying' } })
  expect(retries.map((event) => event.data)).toMatchObject([{ code: 'out_of_memory' }])
  const slots = await db().worker.findMany({ orderBy: { startedAt: 'asc' } })
  expect(new Set(slots.map((slot) => slot.pid)).size).toBe(2)
  expect(await worker.stop('SIGTERM')).toBe(0)
})
