import { type Engine, EngineError } from '#worker/engine-contract/engine'
import { createEngine, reportEngines } from '#worker/engines/registry'
import type { RenderArguments } from './render-arguments.ts'

/**
 * The engine that a render asks for, loaded on the first device where it is ready.
 *
 * @throws EngineError engine_not_ready, with the reason of each device.
 */
export async function openEngine({
  engine: name,
  engines: settings,
  devices,
}: Pick<RenderArguments, 'engine' | 'engines' | 'devices'>): Promise<{
  engine: Engine
  note: string | null
}> {
  const reasons: string[] = []
  for (const device of devices) {
    const report = (await reportEngines(settings, device)).find((each) => each.name === name)!
    if (report.ready) {
      const engine = createEngine(name, settings)
      await engine.load(device)
      return { engine, note: report.note }
    }
    reasons.push(`On "${device}": ${report.reason}`)
  }
  const message = [
    `The engine "${name}" is not ready here. docs/engines.md tells how to set it up.`,
    ...reasons,
  ]
  throw new EngineError('engine_not_ready', message.join('\n'))
}
