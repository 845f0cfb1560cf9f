import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { jobJson } from '#app/_serial/job'
import { findJob, listEndedJobs, readJobLog } from '#core/render-job/data'
import { fail } from '#core/render-job/lifecycle'
import { claimedJob, createUser } from '#test/setup/factories'
import { startHeygemServer } from '#test/setup/heygem-server'
import { setUpPortal } from '#test/setup/portal'
import { awkward, cutSpeech, renderWith, settingsOf, setUpFolder, speech } from '#test/worker/engines/stage'
import type { Engine } from '#worker/engine-contract/engine'
import { createCommandEngine } from '#worker/engines/command/command'
import { createHeygemEngine } from '#worker/engines/heygem/heygem'
import { outcomeOf } from '#worker/outcome'

const PATIENCE = { pollMs: 10, busyMs: 300, silentMs: 700, stuckMs: 400, stuckMsPerSpeechSecond: 0 }

setUpPortal()
const stage = setUpFolder()

/** What a member is shown of a job whose render by this engine failed, and what an admin is shown. */
async function shownAfter(engine: Engine) {
  const audio = await cutSpeech(stage, speech('speech_en_short.wav'), 1)
  const video = awkward('video_without_audio.mp4')
  const error = await renderWith(engine, stage, { audio, video }).catch((thrown) => thrown)
  const outcome = outcomeOf(error, null)
  if (!('failure' in outcome)) throw new Error(`the render was ${outcome.kind}`)
  const owner = await createUser()
  const { job, claim } = await claimedJob(owner)
  await fail(claim, outcome.failure)
  const [forMember, forAdmin] = await Promise.all(
    [owner, await createUser('admin')].map(async (viewer) => ({
      job: await findJob(job.id, viewer),
      lists: await listEndedJobs({ ownerId: owner.id }),
      log: await readJobLog(job.id, viewer),
    })),
  )
  expect(jobJson(forMember.job!).error).toMatchObject({ code: outcome.failure.code })
  const text = (shown: object) => JSON.stringify(shown, (_, value) => (typeof value === 'bigint' ? 0 : value))
  return { member: text({ ...forMember, api: jobJson(forMember.job!) }), admin: text(forAdmin), forMember }
}

it('a program’s words, with its paths, are for those who run the portal', async () => {
  const script = 'echo "no model at /srv/secret/model.pt, asked 10.0.0.7:9000" >&2; exit 3'
  const COMMAND_ENGINE = JSON.stringify(['/bin/sh', '-c', script, '{audio}', '{video}', '{output}'])
  const engine = createCommandEngine(settingsOf({ COMMAND_ENGINE }).command)
  await engine.load('cpu')
  const { member, admin, forMember } = await shownAfter(engine)
  expect(admin).toContain('/srv/secret/model.pt, asked 10.0.0.7:9000')
  expect(member).not.toMatch(/\/srv|10\.0\.0\.7|\/bin\/sh|model\.pt/)
  expect(jobJson(forMember.job!).error?.message).toMatch(/^The engine stopped with an error\. Resubmit/)
})

it('a render server’s address, and what it said, are too', async () => {
  const share = join(stage.folder, 'share')
  mkdirSync(share)
  const server = await startHeygemServer(share, '')
  try {
    const engine = createHeygemEngine(settingsOf({ HEYGEM_SHARE: share }).heygem, PATIENCE)
    await engine.load(`heygem:${server.url}`)
    server.mischief.failWith = 'CUDA error in /code/app/trans_dh_service.py'
    const broken = await shownAfter(engine)
    expect(broken.admin).toContain('/code/app/trans_dh_service.py')
    expect(broken.member).not.toMatch(/\/code|trans_dh|127\.0\.0\.1|CUDA/)
    await server.goAway()
    const gone = await shownAfter(engine)
    expect(gone.admin).toContain(server.url)
    expect(gone.member).not.toContain(new URL(server.url).host)
    expect(gone.member).not.toContain(share)
  } finally {
    await server.close().catch(() => {})
  }
})
