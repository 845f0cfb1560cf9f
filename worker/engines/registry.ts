import { ENGINE_NAMES, type EngineName } from '#core/engine/options'
import { type Device, parseDevice } from '#worker/engine-contract/device'
import type { Engine } from '#worker/engine-contract/engine'
import { type NotReadyCode, notReady, READY, type Readiness } from '#worker/engine-contract/readiness'
import type { EngineSettings } from '#worker/engine-contract/settings'
import { createCommandEngine } from './command/command.ts'
import { checkCommand } from './command/readiness.ts'
import { createHeygemEngine } from './heygem/heygem.ts'
import { checkHeygem } from './heygem/readiness.ts'
import { createMouthEngine } from './mouth/mouth.ts'
import { checkWav2Lip, WAV2LIP_LICENCE } from './wav2lip/readiness.ts'
import { createWav2LipEngine } from './wav2lip/wav2lip.ts'

/** What a page shows of an engine on a slot: whether it is ready there and, in plain English, why not. */
export interface EngineReport {
  name: EngineName
  version: string
  ready: boolean
  /** Why it isn't ready, to translate with `params`; null where it is. */
  code: NotReadyCode | null
  params: Record<string, string | number>
  reason: string | null
  note: string | null
  /** Terms of what the engine needs from elsewhere; null where there are none to mind. */
  licence: string | null
}

interface Entry {
  licence: string | null
  create: (settings: EngineSettings) => Engine
  check: (settings: EngineSettings, device: Device) => Promise<Readiness>
}

const ENTRIES: Record<EngineName, Entry> = {
  mouth: { licence: null, create: createMouthEngine, check: checkMouth },
  wav2lip: {
    licence: WAV2LIP_LICENCE,
    create: ({ wav2lip }) => createWav2LipEngine(wav2lip),
    check: ({ wav2lip }, device) => checkWav2Lip(wav2lip, device),
  },
  heygem: {
    licence: null,
    create: ({ heygem }) => createHeygemEngine(heygem),
    check: ({ heygem }, device) => checkHeygem(heygem, device),
  },
  command: {
    licence: null,
    create: ({ command }) => createCommandEngine(command),
    check: ({ command }, device) => (device.kind === 'heygem' ? elsewhere(device) : checkCommand(command)),
  },
}

/** Makes an engine; nothing is loaded before its `load`. */
export function createEngine(name: EngineName, settings: EngineSettings): Engine {
  return ENTRIES[name].create(settings)
}

/** Whether each engine can be used on a device, found out without loading any. */
export function reportEngines(settings: EngineSettings, deviceName: string): Promise<EngineReport[]> {
  const device = parseDevice(deviceName)
  return Promise.all(
    ENGINE_NAMES.map(async (name) => {
      const { licence, check } = ENTRIES[name]
      const { version } = createEngine(name, settings)
      const readiness = await check(settings, device)
      return readiness.ready
        ? {
            ...{ name, version, licence, ready: true, note: readiness.note },
            code: null,
            params: {},
            reason: null,
          }
        : { name, version, licence, note: null, ...readiness }
    }),
  )
}

async function checkMouth(_: EngineSettings, device: Device): Promise<Readiness> {
  if (device.kind === 'cpu') return READY
  if (device.kind === 'heygem') return elsewhere(device)
  const reason = 'The built-in engine runs on the CPU only. Add "cpu" to DEVICES for a slot of its own.'
  return notReady('device_unsupported', reason, { device: device.kind })
}

async function elsewhere(device: Device): Promise<Readiness> {
  const reason = 'The slot of a HeyGem server renders with that server alone.'
  return notReady('device_unsupported', reason, { device: device.kind })
}
