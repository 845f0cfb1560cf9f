import type { NotReady } from '#app/_jobs/not-ready-text'
import { ENGINE_NAMES, type EngineName } from '#core/engine/options'
import { atLeast, type Viewer } from '#core/viewer/viewer'
import { listWorkers } from '#core/worker/data'
import { parseEngines } from '#core/worker/engines'

/** An engine that a batch may ask for; `why` where no slot has it ready. */
export interface EngineChoice {
  name: EngineName
  why: NotReady | null
}

const UNTOLD: NotReady = { code: null, params: {}, reason: null }

/** All engines, with those that some living slot has ready. Only operators learn what another one lacks, and where. */
export async function readEngineChoices(viewer: Viewer): Promise<EngineChoice[]> {
  const alive = (await listWorkers()).filter((worker) => worker.alive)
  const reports = alive.flatMap((worker) => parseEngines(worker.engines))
  // A worker that says nothing has the engine it was started with.
  const silent = alive
    .filter((worker) => parseEngines(worker.engines).length === 0)
    .map((worker) => worker.engine)
  return ENGINE_NAMES.map((name) => {
    const own = reports.filter((report) => report.name === name)
    if (silent.includes(name) || own.some((report) => report.ready)) return { name, why: null }
    // "Not on this device" says least: another slot's reason tells what to do.
    const telling = own.find((report) => report.code !== 'device_unsupported') ?? own[0]
    if (!atLeast(viewer.role, 'operator')) return { name, why: UNTOLD }
    const { code = null, params = {}, reason = null } = telling ?? {}
    return { name, why: { code, params, reason } }
  })
}
