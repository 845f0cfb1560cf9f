import { existsSync, readdirSync } from 'node:fs'
import { expect } from 'vitest'
import { db } from '#core/db'
import { dataLayout } from '#core/storage/layout'
import { ffmpegProcesses, filesIn } from './worker.ts'

/**
 * Waits until nothing is left of the jobs that ended but their results: no program, no scratch file, no checkpoint,
 * and no video that no row names. A row says that its job has ended before the slot has cleaned up.
 */
export async function expectNothingLeft(): Promise<void> {
  await expect
    .poll(leftovers)
    .toEqual({ programs: [], scratch: [], checkpoints: [], unnamed: [], missing: [] })
}

async function leftovers() {
  const jobs = await db().renderJob.findMany({ select: { id: true, state: true, resultKey: true } })
  const open = jobs.filter(({ state }) => state === 'queued' || state === 'running').map(({ id }) => id)
  const named = jobs.flatMap(({ resultKey }) => resultKey ?? [])
  const videos = filesIn('storage/results')
    .filter((file) => file.endsWith('.mp4'))
    .map((file) => `results/${file}`)
  return {
    programs: ffmpegProcesses(),
    scratch: filesIn('scratch'),
    checkpoints: foldersIn(dataLayout(process.env.DATA_DIR!).checkpoints).filter((id) => !open.includes(id)),
    unnamed: videos.filter((key) => !named.includes(key)),
    missing: named.filter((key) => !videos.includes(key)),
  }
}

const foldersIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : [])
