import type { EngineName } from '#core/engine/options'
import { messageOf } from '#core/errors'
import { type Engine, EngineError } from '#worker/engine-contract/engine'
import type { EngineSettings } from '#worker/engine-contract/settings'
import { createEngine, type EngineReport, reportEngines } from './registry.ts'

/** The engines of a slot. Each is loaded when it is first used, and stays. */
export interface EngineSet {
  /** All engines, ready or not, for the admin page. */
  reports(): EngineReport[]
  /** Engines that jobs may ask this slot for. */
  names(): EngineName[]
  /** Looks again which are ready. */
  refresh(): Promise<void>
  /** @throws EngineError engine_not_ready, or what its `load` threw. */
  use(name: EngineName): Promise<Engine>
  close(): Promise<void>
}

export async function openEngines(settings: EngineSettings, device: string): Promise<EngineSet> {
  const loaded = new Map<EngineName, Promise<Engine>>()
  let reports = await reportEngines(settings, device)
  const load = async (name: EngineName): Promise<Engine> => {
    const report = reports.find((each) => each.name === name)!
    if (!report.ready) {
      const params = { engine: name, why: report.code ?? 'load', ...report.params }
      throw new EngineError('engine_not_ready', report.reason!, { params, transient: true })
    }
    const engine = createEngine(name, settings)
    try {
      await engine.load(device)
      return engine
    } catch (error) {
      Object.assign(report, { ready: false, reason: messageOf(error), note: null })
      throw error
    }
  }
  return {
    reports: () => reports,
    names: () => reports.filter(({ ready }) => ready).map(({ name }) => name),
    async refresh() {
      reports = await reportEngines(settings, device)
    },
    use(name) {
      const engine = loaded.get(name) ?? load(name)
      loaded.set(name, engine)
      engine.catch(() => loaded.delete(name))
      return engine
    },
    async close() {
      for (const engine of loaded.values()) await engine.then((each) => each.close()).catch(() => {})
      loaded.clear()
    },
  }
}
