import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { removeAbandonedUploads } from '#core/asset/abandoned'
import { newId } from '#core/ids'
import { dataLayout } from '#core/storage/layout'

const dataDir = mkdtempSync(join(tmpdir(), 'greenroom-abandoned-'))
const { uploads } = dataLayout(dataDir)
mkdirSync(uploads, { recursive: true })
afterAll(() => rmSync(dataDir, { recursive: true }))

/** An upload whose file and record were last written so many hours ago. */
function upload(file: number, record: number): string {
  const id = newId()
  for (const [name, hours] of [
    [id, file],
    [`${id}.json`, record],
  ] as const) {
    const at = new Date(Date.now() - hours * 3_600_000)
    writeFileSync(join(uploads, name), 'bytes')
    utimesSync(join(uploads, name), at, at)
  }
  return id
}

test('an upload goes a day after anything was last added to it, its record with it', async () => {
  // The record is written once at the start; a slow upload goes on for days.
  const kept = [upload(0, 0), upload(23.9, 23.9), upload(1, 50), upload(50, 1)]
  upload(24.1, 24.1)
  upload(30, 50)
  expect(await removeAbandonedUploads(dataDir)).toBe(2)
  expect(readdirSync(uploads).sort()).toEqual(kept.flatMap((id) => [id, `${id}.json`]).sort())
})
