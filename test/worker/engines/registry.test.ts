import { expect, test } from 'vitest'
import { isDevice, parseDevice } from '#worker/engine-contract/device'
import { openEngines } from '#worker/engines/engine-set'
import { reportEngines } from '#worker/engines/registry'
import { workerSettings } from '#worker/settings'
import { failureOf, settingsOf } from './stage.ts'

test('devices are told by their names', () => {
  expect(parseDevice('cpu')).toEqual({ kind: 'cpu' })
  expect(parseDevice('cuda:3')).toEqual({ kind: 'cuda', index: 3 })
  expect(parseDevice('dml')).toEqual({ kind: 'dml', index: 0 })
  expect(parseDevice('heygem:http://gpu-box:8383/')).toEqual({ kind: 'heygem', url: 'http://gpu-box:8383' })
  expect(parseDevice('heygem')).toEqual({ kind: 'heygem', url: null })
  for (const name of ['', 'gpu', 'cuda:x', 'CPU', 'heygem:gpu-box', 'heygem:ftp://x'])
    expect(isDevice(name)).toBe(false)
  expect(() => parseDevice('gpu')).toThrow(/"gpu" is not a device.*cuda:0/)
})

test('a wrong variable is named, with what it may be', () => {
  expect(() =>
    workerSettings({ NODE_ENV: 'test', DEVICE: 'gpu', WAV2LIP_BATCH: '0', ENGINE: 'magic' }),
  ).toThrow(/ENGINE.*\n.*WAV2LIP_BATCH.*\n.*DEVICE: must be one of cpu, cuda:0/s)
})

test('settings left empty, as .env files have them, count as unset', () => {
  const empty = {
    WAV2LIP_MODEL: '',
    WAV2LIP_BATCH: '',
    HEYGEM_URL: '',
    COMMAND_ENGINE: '',
    COMMAND_TIMEOUT_SECONDS: '',
  }
  const { defaultEngine, engines } = workerSettings({ NODE_ENV: 'test', ...empty })
  expect(defaultEngine).toBe('mouth')
  expect(engines).toMatchObject({
    wav2lip: { modelPath: null, batch: null },
    heygem: { url: null },
    command: { argv: null },
  })
})

test('every engine says whether it is ready on a slot, and why not', async () => {
  const settings = settingsOf({ COMMAND_ENGINE: '["sh","-c","true","{output}"]' })
  const report = async (device: string) =>
    Object.fromEntries((await reportEngines(settings, device)).map((each) => [each.name, each]))
  const cpu = await report('cpu')
  expect(cpu.mouth).toMatchObject({ ready: true, reason: null, licence: null })
  expect(cpu.command).toMatchObject({ ready: true, version: '1' })
  expect(cpu.wav2lip).toMatchObject({ ready: false, code: 'weights_not_set' })
  expect(cpu.wav2lip.licence).toMatch(/research and personal use only/)
  expect(cpu.heygem).toMatchObject({ ready: false, code: 'device_unsupported' })
  const server = await report('heygem:http://127.0.0.1:9')
  expect(server.heygem).toMatchObject({ ready: false, code: 'share_not_set' })
  for (const name of ['mouth', 'wav2lip', 'command'])
    expect(server[name]).toMatchObject({ code: 'device_unsupported' })
})

test('a slot loads its engines when they are used, and says which it lacks', async () => {
  const engines = await openEngines(settingsOf({}), 'cpu')
  expect(engines.names()).toEqual(['mouth'])
  expect(await engines.use('mouth')).toBe(await engines.use('mouth'))
  const lacking = {
    code: 'engine_not_ready',
    transient: true,
    params: { engine: 'wav2lip', why: 'weights_not_set' },
  }
  expect(await failureOf(engines.use('wav2lip'))).toMatchObject(lacking)
  await engines.close()
})

test('an engine whose load fails is no longer called ready', async () => {
  const engines = await openEngines(settingsOf({ WAV2LIP_MODEL: import.meta.filename }), 'cpu')
  expect(engines.names()).toContain('wav2lip')
  expect(await failureOf(engines.use('wav2lip'))).toMatchObject({ code: 'engine_not_ready' })
  expect(engines.names()).toEqual(['mouth'])
  expect(engines.reports().find(({ name }) => name === 'wav2lip')?.reason).toMatch(/can't be used/)
  await engines.close()
})
