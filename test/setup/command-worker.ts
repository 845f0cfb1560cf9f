import type { RenderInput } from '#worker/engine-contract/engine'
import { engineEnvironment, engineSettings } from '#worker/engine-contract/settings'
import { createCommandEngine } from '#worker/engines/command/command'

/** A process that renders with the command engine, to be killed: command-worker.ts INPUT-AS-JSON. */
const input = JSON.parse(process.argv[2]) as RenderInput
const engine = createCommandEngine(engineSettings(engineEnvironment.parse(process.env)).command)
await engine.load('cpu')
await engine.render(input, { signal: new AbortController().signal, onProgress: () => {} })
