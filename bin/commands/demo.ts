import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ApiClient, signIn } from '#bin/launcher/api-client'
import { openBrowser } from '#bin/launcher/browser'
import type { Options } from '#bin/launcher/options'
import type { Portal } from '#bin/launcher/portal'
import { withCore } from '#bin/launcher/with-core'
import type { Lifecycle } from '#bin/process/lifecycle'
import { ROOT } from '#bin/process/paths'
import { Stop, say, step } from '#bin/process/say'

const EMAIL = 'demo@greenroom.local'
const SAMPLES = join(ROOT, 'public/samples')
const SPEECH = 'speech_en_short.mp3'
const PRESENTERS = ['elena', 'kofi', 'mei']
const BATCH_NAME = 'Sample batch'
const ENDED = ['succeeded', 'failed', 'cancelled']

type Job = {
  id: string
  state: string
  fraction: number | null
  error: { message: string } | null
  result: { frames: number } | null
  startedAt: string | null
  finishedAt: string | null
  presenter: { name: string }
}
type Batch = { id: string; jobs: Job[] }

/** The demo on a running portal: its account, its sample batch, and with --exit the wait for the result. */
export async function runDemo(
  portal: Portal,
  options: Options,
  begin: number,
  lifecycle: Lifecycle,
): Promise<number | 'stay'> {
  const isNew = await prepareAccount(portal, options)
  const api = await signIn(portal.localUrl, EMAIL, portal.secrets.demoPassword)
  const batchId = isNew || options.exit ? await submitSamples(api) : undefined
  say(`\n  Greenroom is ready: ${batchId ? `${portal.url}/batches/${batchId}` : portal.url}`)
  say(`  Sign in as ${EMAIL} with the password ${portal.secrets.demoPassword}`)
  if (!options.exit) {
    say(`  Data: ${options.dataDir}    Stop: Ctrl-C\n`)
    if (options.open) openBrowser(portal.url)
    return 'stay'
  }
  say('')
  const batch = await waitForBatch(api, batchId!, lifecycle)
  const files = await resultFiles(portal, options, batch.id)
  const report = reportOn(batch, files, begin)
  await lifecycle.stop()
  say(JSON.stringify(report))
  return report.ok ? 0 : 1
}

/** Makes the demo's admin if need be. True when there is no batch of theirs yet. */
function prepareAccount(portal: Portal, { dataDir }: Options): Promise<boolean> {
  return withCore(portal.databaseUrl, dataDir, async () => {
    const { db } = await import('#core/db')
    const { createUser } = await import('#core/user/mutations')
    const existing = await db().user.findUnique({ where: { email: EMAIL } })
    const password = portal.secrets.demoPassword
    const user = existing ?? (await createUser({ email: EMAIL, name: 'Demo', role: 'admin', password }))
    return (await db().batch.count({ where: { ownerId: user.id } })) === 0
  })
}

async function submitSamples(api: ApiClient): Promise<string> {
  return step('Uploading the sample media and submitting a batch', async () => {
    const speechId = await api.upload(join(SAMPLES, 'speech', SPEECH), 'speech')
    const presenterIds: string[] = []
    for (const file of samplePresenters()) presenterIds.push(await api.upload(file, 'presenter'))
    const batch = await api.post<{ id: string }>('/api/v1/batches', {
      name: BATCH_NAME,
      speechId,
      presenterIds,
    })
    return batch.id
  })
}

function samplePresenters(): string[] {
  const folder = join(SAMPLES, 'presenters')
  const files = readdirSync(folder).filter((name) => name.endsWith('.mp4'))
  return PRESENTERS.map((presenter) => {
    const file = files.find((name) => name.includes(presenter))
    if (!file)
      throw new Stop(`${folder} has no video of ${presenter}. Restore it: git checkout public/samples`)
    return join(folder, file)
  })
}

async function waitForBatch(api: ApiClient, id: string, lifecycle: Lifecycle): Promise<Batch> {
  const shown = new Map<string, string>()
  for (;;) {
    const batch = await api.get<Batch>(`/api/v1/batches/${id}`)
    for (const job of batch.jobs) showProgress(job, shown)
    if (lifecycle.stopping || batch.jobs.every((job) => ENDED.includes(job.state))) return batch
    await sleep(500)
  }
}

/** A line when a job starts, ends, or gets another tenth further. */
function showProgress(job: Job, shown: Map<string, string>): void {
  const tenths = Math.floor((job.fraction ?? 0) * 10) * 10
  const line = job.state === 'running' ? `${tenths} %` : `${job.state} ${job.error?.message ?? ''}`.trim()
  if (job.state === 'queued' || shown.get(job.id) === line) return
  shown.set(job.id, line)
  say(`  ${basename(job.presenter.name)}: ${line}`)
}

/** Where each job's result lies; the API tells links, not files. */
function resultFiles(portal: Portal, { dataDir }: Options, batchId: string) {
  return withCore(portal.databaseUrl, dataDir, async () => {
    const { db } = await import('#core/db')
    const { dataLayout } = await import('#core/storage/layout')
    const jobs = await db().renderJob.findMany({ where: { batchId }, select: { id: true, resultKey: true } })
    const { storage } = dataLayout(dataDir)
    return new Map(jobs.map(({ id, resultKey }) => [id, resultKey && join(storage, resultKey)]))
  })
}

function reportOn(batch: Batch, files: Map<string, string | null>, begin: number) {
  const jobs = batch.jobs.map((job) => ({
    id: job.id,
    video: job.presenter.name,
    state: job.state,
    resultPath: files.get(job.id) ?? null,
    frames: job.result?.frames ?? null,
    seconds: secondsBetween(job.startedAt, job.finishedAt),
  }))
  const ok = jobs.every((job) => job.state === 'succeeded')
  return { ok, seconds: Math.round((Date.now() - begin) / 100) / 10, batchId: batch.id, jobs }
}

function secondsBetween(start: string | null, end: string | null): number | null {
  return start && end ? (Date.parse(end) - Date.parse(start)) / 1000 : null
}
