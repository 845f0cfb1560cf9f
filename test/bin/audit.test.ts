import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest'
import { audit } from '#bin/commands/audit'

const folder = mkdtempSync(join(tmpdir(), 'greenroom-audit-'))
let said = ''

beforeEach(() => {
  said = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += text
    return true
  })
})
afterEach(() => vi.restoreAllMocks())
afterAll(() => rmSync(folder, { recursive: true }))

/** An npm that answers so, and ends with this code. */
function npmThatSays(answer: object | string, code: number): string {
  const file = join(folder, 'npm')
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
  writeFileSync(file, `#!/bin/sh\ncat <<'END'\n${text}\nEND\nexit ${code}\n`, { mode: 0o755 })
  return file
}

const found = (severity: string) => ({
  vulnerabilities: { tar: { name: 'tar', severity, range: '<7.0.0' } },
})

test('a known vulnerability that is high fails, and is named', async () => {
  expect(await audit(npmThatSays(found('high'), 1))).toBe(false)
  expect(said).toBe('high: tar <7.0.0\n')
  expect(await audit(npmThatSays(found('critical'), 1))).toBe(false)
})

test('lesser ones, and none, pass', async () => {
  expect(await audit(npmThatSays(found('moderate'), 1))).toBe(true)
  expect(await audit(npmThatSays({ vulnerabilities: {} }, 0))).toBe(true)
  expect(said).toBe('')
})

test('where no registry answers, that is said, and nothing fails', async () => {
  for (const npm of [npmThatSays({ error: { code: 'E405' } }, 1), npmThatSays('', 1), join(folder, 'none')])
    expect(await audit(npm)).toBe(true)
  expect(said.match(/skipped: no registry/g)).toHaveLength(3)
})
