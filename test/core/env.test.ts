import { expect, it } from 'vitest'
import { webEnv } from '#app/_server/env'
import { parseOptions } from '#bin/launcher/options'
import { uploadLimits } from '#core/asset/limits'
import { defaultEngine } from '#core/engine/default-engine'
import { env } from '#core/env'
import { createLog } from '#core/log'
import { slotDevices, workerSettings } from '#worker/settings'

const withVariables = <Result>(variables: Record<string, string>, read: () => Result): Result => {
  const before = process.env
  process.env = { NODE_ENV: 'test', ...variables }
  try {
    return read()
  } finally {
    process.env = before
  }
}

const PORTAL = { DATABASE_URL: 'postgres://x', DATA_DIR: '/data', NEXTAUTH_SECRET: 'a'.repeat(16) }
const folder = () => process.env.DATA_DIR ?? '/tmp'

const readers: [string, Record<string, string>, string[], () => unknown][] = [
  ['web and worker', PORTAL, [], env],
  ['web', { ...PORTAL, AUTH_TRUST_HOST: '1' }, ['NEXTAUTH_URL', 'TRUSTED_PROXIES'], webEnv],
  [
    'uploads',
    {},
    ['MAX_UPLOAD_BYTES', 'MAX_SPEECH_SECONDS', 'MAX_PRESENTER_SECONDS', 'MAX_PIXELS'],
    uploadLimits,
  ],
  ['engine of a batch', {}, ['ENGINE'], defaultEngine],
  ['devices', {}, ['DEVICES', 'DEVICE'], slotDevices],
  ['launcher', {}, ['DATA_DIR', 'PORT'], () => parseOptions('start', [])],
  [
    'worker',
    {},
    [
      ...['DEVICE', 'ENGINE', 'STALL_SECONDS', 'CACHE_MAX_BYTES', 'CACHE_MAX_DAYS', 'MACHINE_NAME'],
      ...['WAV2LIP_MODEL', 'WAV2LIP_BATCH', 'HEYGEM_URL', 'HEYGEM_SHARE', 'HEYGEM_SHARE_INSIDE'],
      ...['HEYGEM_TIMEOUT_SECONDS', 'HEYGEM_BUSY_SECONDS', 'COMMAND_ENGINE', 'COMMAND_CWD'],
      ...['COMMAND_PROGRESS', 'COMMAND_TIMEOUT_SECONDS'],
    ],
    workerSettings,
  ],
]

it.each(readers)('settings of %s: an empty variable is an unset one', (_name, needed, names, read) => {
  const empty = Object.fromEntries(names.map((name) => [name, '']))
  expect(withVariables({ ...needed, ...empty }, read)).toEqual(withVariables(needed, read))
})

it.each([
  [{}, env, /^DATABASE_URL: must be .*\nDATA_DIR: must be /],
  [{ DATABASE_URL: '', DATA_DIR: '' }, env, /^DATABASE_URL: must be .*\nDATA_DIR: must be /],
  [{ NEXTAUTH_SECRET: 'short', AUTH_TRUST_HOST: '1' }, webEnv, /^NEXTAUTH_SECRET: must be .*openssl/],
  [{ NEXTAUTH_SECRET: 'a'.repeat(16) }, webEnv, /^NEXTAUTH_URL: must be .*AUTH_TRUST_HOST=1/],
  [{ NEXTAUTH_SECRET: 'a'.repeat(16), NEXTAUTH_URL: 'here' }, webEnv, /^NEXTAUTH_URL: must be the address/],
  [{ MAX_PIXELS: 'many' }, uploadLimits, /^MAX_PIXELS: must be a number above 0, such as 8294400$/],
  [{ MAX_PIXELS: '0' }, uploadLimits, /^MAX_PIXELS: must be a number above 0/],
  [{ MAX_PIXELS: '1.5' }, uploadLimits, /^MAX_PIXELS: must be a number above 0/],
  [{ ENGINE: 'magic' }, defaultEngine, /^ENGINE: must be one of mouth, wav2lip, heygem, command$/],
  [{ DEVICES: 'cpu, gpu' }, slotDevices, /^DEVICES: must be some of cpu, .*separated by commas$/],
  [{ DEVICE: 'gpu' }, slotDevices, /^DEVICE: must be one of cpu/],
  [{ STALL_SECONDS: '-1' }, workerSettings, /^STALL_SECONDS: must be a number above 0, such as 300$/],
  [{ WAV2LIP_BATCH: '0.5' }, workerSettings, /^WAV2LIP_BATCH: must be a whole number from 1 to 256$/],
  [{ HEYGEM_URL: 'ftp://x' }, workerSettings, /^HEYGEM_URL: must be an address such as http/],
  [{ COMMAND_ENGINE: 'run' }, workerSettings, /^COMMAND_ENGINE: must be a JSON array/],
  [{ COMMAND_PROGRESS: '(' }, workerSettings, /^COMMAND_PROGRESS: must be a regular expression/],
  [{ PORT: '70000' }, () => parseOptions('start', []), /^PORT: must be a number from 1 to 65535$/],
  [{ LOG_LEVEL: 'loud' }, () => createLog('x', folder()), /^LOG_LEVEL: must be one of fatal, error/],
] as const)('%j is refused by its name, with what it must be', (variables, read, message) => {
  expect(() => withVariables(variables, read as () => unknown)).toThrow(message)
})

it('takes what is set', () => {
  const set = { DEVICES: 'cuda:0, cpu,cuda:0', MAX_PIXELS: '1000', PORT: '3001', ENGINE: 'wav2lip' }
  expect(withVariables(set, slotDevices)).toEqual(['cuda:0', 'cpu'])
  expect(withVariables(set, uploadLimits)).toMatchObject({ maxPixels: 1000, maxSpeechSeconds: 3600 })
  expect(withVariables(set, () => parseOptions('start', ['--port', '3002']).port)).toBe(3002)
  expect(withVariables(set, () => parseOptions('start', []).port)).toBe(3001)
  expect(withVariables(set, defaultEngine)).toBe('wav2lip')
})
