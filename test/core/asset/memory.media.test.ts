import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'

const dataDir = mkdtempSync(path.join(tmpdir(), 'greenroom-large-'))
afterAll(() => rm(dataDir, { recursive: true, force: true }))

test('300 MB in one request, inspected and drawn, take less than 100 MB of memory', async () => {
  const script = path.resolve('test/core/asset/large-upload.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [script, dataDir])
  const result = JSON.parse(stdout)
  expect(result).toMatchObject({ status: 204, hashRight: true })
  expect(result.grownMiB).toBeLessThan(100)
}, 60_000)
