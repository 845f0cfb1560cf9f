import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { listenHost, reachableAt } from '#bin/launcher/listen'
import { parseOptions } from '#bin/launcher/options'
import { portalEnv } from '#bin/launcher/portal-services'
import { readSecrets } from '#bin/launcher/secrets'
import { freePort, portIsFree } from '#bin/process/free-port'
import { createLifecycle } from '#bin/process/lifecycle'
import { ROOT } from '#bin/process/paths'
import { recordProcess, stopOrphans } from '#bin/process/process-group'
import { identify } from '#bin/process/process-table'

let folder: string
let said = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'greenroom-parts-'))
  said = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += text
    return true
  })
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

test('secrets are made once, are long, differ, and only their owner may read them', () => {
  const secrets = readSecrets(folder)
  const file = join(folder, 'secrets.json')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['secrets.json'])
  expect(new Set(Object.values(secrets)).size).toBe(4)
  for (const secret of Object.values(secrets)) expect(secret.length).toBeGreaterThanOrEqual(12)
  expect(readSecrets(folder)).toEqual(secrets)
})

test('what a file of secrets lacks is added, what it has is kept, and it is made private again', () => {
  const file = join(folder, 'secrets.json')
  writeFileSync(file, '{"postgresPassword":"kept"}')
  chmodSync(file, 0o644)
  expect(readSecrets(folder).postgresPassword).toBe('kept')
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(readSecrets(folder))
  // Also where nothing is missing.
  chmodSync(file, 0o644)
  readSecrets(folder)
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('a broken file of secrets is left as it is, with what to do', () => {
  writeFileSync(join(folder, 'secrets.json'), '{"post')
  expect(() => readSecrets(folder)).toThrow(/not valid JSON.*backup/)
  expect(readFileSync(join(folder, 'secrets.json'), 'utf8')).toBe('{"post')
})

test('options come from the command line, then the environment, then the defaults', () => {
  for (const name of ['DATA_DIR', 'PORT']) vi.stubEnv(name, undefined)
  expect(parseOptions('demo', [])).toEqual({
    ...{ dataDir: resolve(ROOT, 'data/demo'), port: 3000, open: true, exit: false },
  })
  vi.stubEnv('DATA_DIR', '/srv/greenroom')
  vi.stubEnv('PORT', '8080')
  expect(parseOptions('start', ['--no-open'])).toMatchObject({
    dataDir: '/srv/greenroom',
    port: 8080,
    open: false,
  })
  const given = ['--data', '/mnt/x', '--port', '65535', '--exit']
  expect(parseOptions('demo', given)).toMatchObject({ dataDir: '/mnt/x', port: 65535, exit: true })
})

test.each([['--port', '0'], ['--port', '65536'], ['--port', 'x'], ['--exit'], ['--prot', '1'], ['stray']])(
  'start refuses %s %s',
  (...args) => {
    expect(() => parseOptions('start', args)).toThrow()
  },
)

test('web and worker get the portal’s addresses and secrets; the host of a request is trusted only without PUBLIC_URL', () => {
  const secrets = {
    nextAuthSecret: 'signs',
    postgresPassword: 'p',
    demoPassword: 'd',
    postgresPortalPassword: 'q',
  }
  for (const name of ['PUBLIC_URL', 'NEXTAUTH_SECRET', 'AUTH_TRUST_HOST']) vi.stubEnv(name, undefined)
  const env = () =>
    portalEnv({ dataDir: '/d', port: 80, mode: 'production' }, 'http://localhost:80', 'postgres://x', secrets)
  expect(env()).toMatchObject({
    ...{ NODE_ENV: 'production', DATABASE_URL: 'postgres://x', DATA_DIR: '/d', PORT: '80' },
    ...{ NEXTAUTH_URL: 'http://localhost:80', NEXTAUTH_SECRET: 'signs', AUTH_TRUST_HOST: '1' },
  })
  vi.stubEnv('PUBLIC_URL', 'https://greenroom.example.org')
  vi.stubEnv('NEXTAUTH_SECRET', 'own')
  expect(env()).toMatchObject({ NEXTAUTH_SECRET: 'own' })
  expect(env().AUTH_TRUST_HOST).toBeUndefined()
})

test.each([
  [{}, '127.0.0.1', '127.0.0.1'],
  [{ PUBLIC_URL: 'http://localhost:3000' }, '127.0.0.1', '127.0.0.1'],
  [{ PUBLIC_URL: 'https://greenroom.example' }, undefined, '127.0.0.1'],
  [{ PUBLIC_URL: 'https://greenroom.example', HOST: '127.0.0.1' }, '127.0.0.1', '127.0.0.1'],
  [{ HOST: '0.0.0.0' }, '0.0.0.0', '127.0.0.1'],
  [{ HOST: '192.168.1.5' }, '192.168.1.5', '192.168.1.5'],
  [{ HOST: 'fd00::5' }, 'fd00::5', '[fd00::5]'],
])('with %j the web server listens on %s', (settings, host, reachable) => {
  expect(listenHost({ NODE_ENV: 'test', ...settings })).toBe(host)
  expect(reachableAt(host)).toBe(reachable)
})

test('a stop tells at once, then undoes in reverse, goes on after a failure, and happens once', async () => {
  const order: string[] = []
  const lifecycle = createLifecycle()
  lifecycle.onStop(() => void order.push('first'))
  lifecycle.onStop(() => Promise.reject(new Error('broken')))
  lifecycle.onStop(async () => void order.push('last'))
  lifecycle.onStopping(() => order.push('told'))
  lifecycle.onHurry(() => order.push('hurried'))
  expect(lifecycle.stopping).toBe(false)
  await Promise.all([lifecycle.stop(), lifecycle.stop()])
  expect(lifecycle.stopping).toBe(true)
  expect(order).toEqual(['told', 'last', 'first'])
  expect(said).toContain('While stopping: broken')
})

test('a stop that takes too long kills what is left and ends with an error', async () => {
  vi.useFakeTimers()
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never)
  const lifecycle = createLifecycle()
  const kill = vi.fn()
  lifecycle.onHurry(kill)
  lifecycle.onStop(() => new Promise(() => {}))
  void lifecycle.stop()
  await vi.advanceTimersByTimeAsync(9_000)
  expect(kill).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(kill).toHaveBeenCalledOnce()
  expect(exit).toHaveBeenCalledWith(1)
  vi.useRealTimers()
})

test('what a killed launcher left is ended, and nothing that only has its number', async () => {
  const start = () => spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
  const [orphan, stranger] = [start(), start()]
  recordProcess(join(folder, 'orphan.service.json'), orphan.pid)
  const reused = { ...identify(stranger.pid!), startedAt: 'long ago' }
  writeFileSync(join(folder, 'stranger.service.json'), JSON.stringify(reused))
  writeFileSync(join(folder, 'half.service.json'), '{"pi')
  await stopOrphans(folder, 5000)
  expect(identify(orphan.pid!)).toBeUndefined()
  expect(identify(stranger.pid!)).toBeDefined()
  stranger.kill('SIGKILL')
  expect(readdirSync(folder)).toEqual([])
  expect(existsSync(folder)).toBe(true)
})

test('a port that somebody listens on is not free, and another one is found', async () => {
  const port = await freePort()
  expect(await portIsFree(port)).toBe(true)
  expect(await freePort(port)).toBe(port)
  const server = createServer().listen(port, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  try {
    expect(await portIsFree(port, '127.0.0.1')).toBe(false)
    expect(await freePort(port)).not.toBe(port)
  } finally {
    server.close()
  }
})
