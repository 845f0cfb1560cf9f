import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLifecycle, type Lifecycle } from '#bin/process/lifecycle'
import { identify } from '#bin/process/process-table'
import { type Service, startService } from '#bin/process/service'

const folder = mkdtempSync(join(tmpdir(), 'greenroom-service-'))
const record = join(folder, 'run/it.service.json')
const log = join(folder, 'logs/it.log')
const { execPath } = process

let lifecycle: Lifecycle
let service: Service
let said = ''

beforeEach(() => {
  said = ''
  lifecycle = createLifecycle()
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += text
    return true
  })
})

afterEach(async () => {
  process.execPath = execPath
  await lifecycle.stop()
  vi.restoreAllMocks()
  rmSync(log, { force: true })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function start(script: string, grace = 2000): void {
  const options = { name: 'thing', args: ['-e', script], env: process.env, log, record, grace }
  service = startService(options, lifecycle)
  lifecycle.onStop(() => service.stop())
}

const pid = (): number => JSON.parse(readFileSync(record, 'utf8')).pid
const logged = () => (existsSync(log) ? readFileSync(log, 'utf8') : '')
const STAYS = "console.log('up'); setInterval(() => {}, 1000);"

test('one that ends by itself is named with its exit code and its log, and started again', async () => {
  start("console.log('up'); process.exit(7)")
  await expect
    .poll(() => said)
    .toContain(`! The thing stopped (exit code 7). Again in 1 s. Its output is in ${log}`)
  expect(service.hasFailed()).toBe(true)
  await expect.poll(() => said).toContain('Again in 2 s.')
  expect(logged()).toBe('up\nup\n')
})

test('one that could not even be started is tried again', async () => {
  process.execPath = '/no/such/node'
  start(STAYS)
  await expect.poll(() => said).toMatch(/The thing stopped \(.*ENOENT\)\. Again in 1 s/)
  process.execPath = execPath
  await expect.poll(logged).toBe('up\n')
})

test('stopped, it ends with all that it started, is not started again, and leaves no record', async () => {
  const child = `const child = require('node:child_process').spawn('sleep', ['600'])`
  start(
    `${child}; console.log(child.pid); process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000)`,
  )
  await expect.poll(logged).toMatch(/\d+\n/)
  const pids = [pid(), Number(logged())]
  expect(pids.filter(identify)).toEqual(pids)
  await lifecycle.stop()
  await expect.poll(() => pids.filter(identify)).toEqual([])
  expect(existsSync(record)).toBe(false)
  expect(said).toBe('')
})

test('one that does not heed SIGTERM is ended after its grace', async () => {
  start(`process.on('SIGTERM', () => console.log('no')); ${STAYS}`, 300)
  await expect.poll(logged).toBe('up\n')
  const it = pid()
  await lifecycle.stop()
  expect(logged()).toBe('up\nno\n')
  expect(identify(it)).toBeUndefined()
})
