import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Device } from '#worker/engine-contract/device'
import { listSupportedBackends, type Session } from '#worker/engine-contract/onnx-runtime'
import { notReady, READY, type Readiness } from '#worker/engine-contract/readiness'

/** How onnxruntime is told to use a device: that alone, never another in its place. Null where it can't. */
export function providerOf(device: Device): Session.ExecutionProviderConfig | null {
  switch (device.kind) {
    case 'cpu':
    case 'coreml':
      return device.kind
    case 'cuda':
    case 'dml':
      return { name: device.kind, deviceId: device.index }
    case 'heygem':
      return null
  }
}

/** Whether this machine's onnxruntime offers what a device needs. Loads nothing. */
export function checkProvider(device: Device): Readiness {
  if (device.kind === 'heygem') {
    const reason = 'A slot of a HeyGem server runs no networks. Add cpu, cuda:0, coreml or dml to DEVICES.'
    return notReady('device_unsupported', reason, { device: device.kind })
  }
  const backend = listSupportedBackends().find(({ name }) => name === device.kind)
  if (backend && (backend.bundled || existsSync(libraryOf(device.kind)))) return READY
  const how = device.kind === 'cuda' ? ' docs/engines.md tells how to install its CUDA part.' : ''
  const reason = `This machine's onnxruntime does not offer "${device.kind}" (it has ${offered().join(', ')}).${how}`
  return notReady('provider_missing', reason, { provider: device.kind, offered: offered().join(', ') })
}

function offered(): string[] {
  return listSupportedBackends().flatMap(({ name, bundled }) =>
    bundled || existsSync(libraryOf(name)) ? [name] : [],
  )
}

/** The library of a provider that doesn't come with the npm package. */
function libraryOf(provider: string): string {
  const home = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
  const file =
    process.platform === 'win32'
      ? `onnxruntime_providers_${provider}.dll`
      : `libonnxruntime_providers_${provider}.so`
  return join(home, 'bin/napi-v6', process.platform, process.arch, file)
}
