/** What a slot renders on. */
export type Device =
  | { kind: 'cpu' }
  /** An NVIDIA GPU, by CUDA's number. */
  | { kind: 'cuda'; index: number }
  /** Apple's CoreML. */
  | { kind: 'coreml' }
  /** A GPU under Windows, by DirectML's number. */
  | { kind: 'dml'; index: number }
  /** A HeyGem / Duix.Avatar server; no URL: the one of HEYGEM_URL. */
  | { kind: 'heygem'; url: string | null }

export const DEVICE_FORMS = 'cpu, cuda:0, coreml, dml, heygem:http://host:8383'

/** Reads a device's name. Throws an Error that lists the forms it may have. */
export function parseDevice(name: string): Device {
  const device = parsed(name)
  if (!device) throw new Error(`"${name}" is not a device. Use one of: ${DEVICE_FORMS}.`)
  return device
}

export const isDevice = (name: string): boolean => parsed(name) !== null

function parsed(name: string): Device | null {
  if (name === 'cpu' || name === 'coreml') return { kind: name }
  const gpu = /^(cuda|dml)(?::(\d{1,3}))?$/.exec(name)
  if (gpu) return { kind: gpu[1] as 'cuda' | 'dml', index: Number(gpu[2] ?? 0) }
  if (name === 'heygem') return { kind: 'heygem', url: null }
  const server = /^heygem:(https?:\/\/.+)$/.exec(name)
  if (server && URL.canParse(server[1])) return { kind: 'heygem', url: server[1].replace(/\/+$/, '') }
  return null
}
